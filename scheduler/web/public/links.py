"""A lost link: it is sent again to the address on file, and nobody learns whether there is one."""

from flask import make_response, redirect, render_template, request, url_for
from werkzeug import Response

from forms.links import LinkForm
from scheduler.usecases.links import ask_for_links
from scheduler.usecases.staff import throttle
from scheduler.web.errors import explaining
from scheduler.web.frame import frame
from scheduler.web.permissions import public
from scheduler.web.public.blueprints import blueprint
from scheduler.web.sessions import address


@blueprint.get("/link")
@public
def lost_link() -> str:
    return render_template("public/link.html", form=LinkForm(), problems=[])


@blueprint.post("/link")
@public
def send_link() -> Response:
    form = LinkForm(request.form)
    with explaining(form) as explained, frame().database.transaction() as session:
        throttle(session, "public:link", address=address(), real_now=frame().clock.real())
        ask_for_links(session, form.address())
    if explained.refusal is None:
        return redirect(url_for("public.link_sent"), 303)
    page = render_template("public/link.html", form=form, problems=explained.problems)
    return make_response(page, explained.status)


@blueprint.get("/link/gesendet")
@public
def link_sent() -> str:
    return render_template("public/link_sent.html")
