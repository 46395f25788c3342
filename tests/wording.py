"""Words by which a bystander would learn where somebody goes, or why, in each of the customers' languages."""

import re

_OFFICE = r"""
    job.?center | arbeitsagentur | agentur.für.arbeit | arbeitsamt | arbeitslos | leistung | bürgergeld
    | grundsicherung | hartz | \balg\b | \bsgb | sozial | schuld | bedarf | regelsatz | sanktion
    | unemploy | benefit | income.support | social | welfare | debt
    | джоб.?центр | центр.{0,4}зайнятост | безробіт | соціальн | виплат | грошов | боргу | санкці
    | جوب.?سنتر | مركز.العمل | وكالة.العمل | بطالة | إعانة | معونة | اجتماعي | ديون | عقوب
    | iş.?kur | iş.merkezi | iş.ajansı | işsiz | sosyal | ödeneğ | yardımı | borc | borç | yaptırım
"""
_REASON = r"""
    barzahlung | cash | notfall | emergency | qualifizierung | qualification | counselling | beratung
    | integration | eingliederung | maßnahme | measure | anliegen | concern | kunden.?nummer
    | customer.number | bg-nummer | vermittlung | fallmanage | caseworker | corona | covid
    | готівк | невідкладн | екстрен | кваліфікац | консультац | інтеграц | \bпитанн | номер.клієнта | корона
    | نقد | طارئ | طوارئ | تأهيل | استشار | اندماج | رقم.العميل | كورونا
    | nakit | acil | nitelik | danışma | uyum | konu\b | müşteri.numarası | korona
"""


def _found_by(words: str) -> re.Pattern[str]:
    return re.compile(words, re.IGNORECASE | re.VERBOSE)


#: Which office it is, or that it pays.
OFFICE = _found_by(_OFFICE)
#: The same, or what somebody comes for; mails and calendars say neither.
REVEALING = _found_by(f"{_OFFICE} | {_REASON}")
