"""Languages: ISO 639-2 codes, bibliographic and terminological, and language tags as ISO 639-1."""

import re

_CODES = """
afr:af alb:sq sqi:sq ara:ar arm:hy hye:hy aze:az baq:eu eus:eu bel:be ben:bn bos:bs bul:bg cat:ca chi:zh zho:zh
cze:cs ces:cs dan:da dut:nl nld:nl eng:en epo:eo est:et fin:fi fre:fr fra:fr geo:ka kat:ka ger:de deu:de gla:gd
gle:ga glg:gl gre:el ell:el heb:he hin:hi hrv:hr hun:hu ice:is isl:is ind:id ita:it jpn:ja kaz:kk kin:rw kor:ko
lat:la lav:lv lit:lt mac:mk mkd:mk mal:ml mao:mi mri:mi may:ms msa:ms nno:nn nob:nb nor:no per:fa fas:fa pol:pl
por:pt pus:ps rum:ro ron:ro rus:ru san:sa slo:sk slk:sk slv:sl spa:es srp:sr swa:sw swe:sv tam:ta tha:th tur:tr
ukr:uk urd:ur uzb:uz vie:vi wel:cy cym:cy
"""
_BY_ISO_639_2 = dict(pair.split(":") for pair in _CODES.split())
#: Undetermined, several, no linguistic content, uncoded.
_NONE = {"und", "mul", "zxx", "mis"}


def iso_639_1(tag: str | None) -> str | None:
    """``EN``, ``en-US`` and ``eng`` as ``en``; of ``eng,fre`` the first; a code that has none stays as it is."""
    first = re.split(r"[-_,;\s]", (tag or "").strip().lower())[0]
    return None if first in _NONE else _BY_ISO_639_2.get(first, first) or None
