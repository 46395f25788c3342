"""An office as it was, brought back in milliseconds: for tests that play the same scene many times."""

import shutil
from pathlib import Path

from sqlalchemy import delete, text

from models.base import Base
from models.database import Database
from models.schema import load_models


class Snapshot:
    """What a database holds when this is made; `restore` brings it back, whatever happened since.

    Nobody may be at work in the database meanwhile. On PostgreSQL numbers go on where they were.
    """

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self._copy = folder / "snapshot.db"
        if database.is_sqlite:
            self._keep_file()
        else:
            self._keep_tables()

    def restore(self) -> None:
        if self.database.is_sqlite:
            self.database.dispose()
            for journal in ("-wal", "-shm"):
                self._file.with_name(f"{self._file.name}{journal}").unlink(missing_ok=True)
            shutil.copyfile(self._copy, self._file)
            return
        with self.database.transaction() as session:
            session.connection().exec_driver_sql(self._restoring)

    @property
    def _file(self) -> Path:
        return Path(self.database.url.database or "")

    def _keep_file(self) -> None:
        with self.database.engine.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
        self.database.dispose()
        shutil.copyfile(self._file, self._copy)

    def _keep_tables(self) -> None:
        load_models()
        names = [table.name for table in Base.metadata.sorted_tables]
        kept = [f"CREATE TABLE kept.{name} AS TABLE public.{name}" for name in names]
        with self.database.transaction() as session:
            for statement in ("DROP SCHEMA IF EXISTS kept CASCADE", "CREATE SCHEMA kept", *kept):
                session.execute(text(statement))
        emptied = [str(delete(Base.metadata.tables[name])) for name in reversed(names)]
        filled = [f"INSERT INTO public.{name} TABLE kept.{name}" for name in names]
        # No trigger, such as that which keeps the audit log, has a say in this.
        self._restoring = "; ".join(["SET LOCAL session_replication_role = replica", *emptied, *filled])
