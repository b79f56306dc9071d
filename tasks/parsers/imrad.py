"""What kind of section it is: introduction, methods, results, discussion or conclusion (IMRaD), or none of them."""

import re
from functools import lru_cache

_TYPES = {
    "introduction": "intro introduction background",
    "methods": "methods method materials subjects",
    "results": "results result",
    "discussion": "discussion discussions",
    "conclusion": "conclusions conclusion",
}
_BY_SEC_TYPE = {name: kind for kind, names in _TYPES.items() for name in names.split()}
#: What headings begin with (`Results and discussion` is results), in English, Portuguese, Spanish, French and German;
#: the first that fits decides.
_BY_HEADING = [
    (kind, re.compile(rf"(?:{pattern})\b", re.IGNORECASE))
    for kind, pattern in (
        ("introduction", r"(general )?introduction|background|introdução|introducción|einleitung"),
        (
            "methods",
            r"((materials?|patients?|subjects?|participants?|study|animals?|data|experimental|research|statistical)"
            r"[,\w &]{0,40} )?(methods?|methodology|procedures?)(?! of)|experimental (section|details|part|design)"
            r"|materials?$|materiais e métodos|material e métodos|métodos?|materiales y métodos|metodología"
            r"|metodologia|matériels? et méthodes|méthodes|methoden|study (design|population)|statistical analys[ie]s",
        ),
        ("results", r"results?|findings|resultados|résultats|ergebnisse"),
        ("discussion", r"(general |overall )?discussion|discussão|discusión|diskussion"),
        (
            "conclusion",
            r"(general |overall )?conclusions?|concluding remarks|conclusão|conclusões|conclusiones|conclusión"
            r"|considerações finais|schlussfolgerung",
        ),
    )
]
_NUMBERING = re.compile(r"^(?:section )?(?:\d+(?:\.\d+)*|[IVX]+|[A-Z])[.):]?[\s:–-]+", re.IGNORECASE)


@lru_cache(maxsize=4096)
def section_type(heading: str | None, sec_type: str | None = None) -> str | None:
    """The type that a section claims for itself, by JATS ``sec-type`` or by how its heading begins; else None."""
    for word in re.split(r"[|\s,]+", sec_type.lower()) if sec_type else ():
        if word in _BY_SEC_TYPE:
            return _BY_SEC_TYPE[word]
    if heading:
        bare = _NUMBERING.sub("", heading)
        for kind, pattern in _BY_HEADING:
            if pattern.match(bare):
                return kind
    return None
