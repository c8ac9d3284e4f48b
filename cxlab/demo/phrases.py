"""What people of the sample company write, by language: sentences per topic, openings, plain remarks, stains."""

from __future__ import annotations

import re

from cxlab.demo import sentences_de, sentences_en, sentences_es

LANGUAGES = ("en", "de", "es")

#: Fillers: {n} is a small number, {what} one of these.
WHAT = {
    "en": ("dashboards", "monthly figures", "charts", "stock lists", "overviews", "key figures", "forecasts"),
    "de": ("Dashboards", "Monatszahlen", "Diagramme", "Bestandslisten", "Übersichten", "Kennzahlen", "Prognosen"),
    "es": ("paneles", "cifras mensuales", "gráficos", "listas de stock", "resúmenes", "indicadores", "previsiones"),
}

_SOURCES = {"en": sentences_en, "de": sentences_de, "es": sentences_es}
_SLOT, _ALTERNATIVES = re.compile(r"<(\w+)>"), re.compile(r"\[([^\]]*)\]")


def _patterns(topic: str, language: str) -> tuple[str, ...]:
    words = _SOURCES[language].WORDS[topic]
    return tuple(_SLOT.sub(lambda slot: f"[{words[slot[1]]}]", text) for text in _SOURCES[language].PATTERNS[topic])


#: Topic -> language -> patterns of a sentence without its capital and its full stop. "[a|b]" is one of its
#: alternatives; the sources write "<slot>" for those that a topic's patterns share.
PATTERNS: dict[str, dict[str, tuple[str, ...]]] = {
    topic: {language: _patterns(topic, language) for language in LANGUAGES} for topic in sentences_en.PATTERNS
}


def pieces(pattern: str) -> list[list[str]]:
    """The alternatives of each place of a pattern: "a [b|c] d" is [["a "], ["b", "c"], [" d"]]."""
    # What stood in brackets is every second piece.
    parts = _ALTERNATIVES.split(pattern)
    return [part.split("|") if place % 2 else [part] for place, part in enumerate(parts) if part]


def spelt(pattern: str, draw: float) -> str:
    """One way to write a pattern as a sentence; `draw` (0 to 1) decides on all its alternatives."""
    text = ""
    for choices in pieces(pattern):
        draw *= len(choices)
        text += choices[int(draw)]
        draw %= 1
    return text[0].upper() + text[1:] + "."


def _examples(pattern: str) -> tuple[str, ...]:
    """Spellings in which every alternative stands at least once."""
    places = pieces(pattern)
    texts = ["".join(choices[at % len(choices)] for choices in places) for at in range(max(map(len, places)))]
    return tuple(text[0].upper() + text[1:] + "." for text in texts)


#: Examples of every pattern. A sentence belongs to exactly one topic: `comments.mentioned_topics` finds topics by them.
SENTENCES: dict[str, dict[str, tuple[str, ...]]] = {
    topic: {
        language: tuple(text for pattern in patterns for text in _examples(pattern))
        for language, patterns in by_language.items()
    }
    for topic, by_language in PATTERNS.items()
}

#: What people add to a sentence on any topic; it stands before the full stop.
ASIDES = {
    "en": (
        ", at least for us",
        ", at least in my department",
        ", as I wrote last time",
        ", in my experience",
        ", I must say",
        ", and I am not the only one who says so",
        ", this year more than ever",
        ", to name one example",
        ", from what I see",
        ", if you ask me",
        ", as everybody here will tell you",
        ", to be honest",
        ", here in the head office",
        ", and that since the summer",
        ", that is my view after two years",
        ", so much is certain",
        ", and our branches say the same",
    ),
    "de": (
        ", jedenfalls bei uns",
        ", zumindest in meiner Abteilung",
        ", wie ich schon letztes Mal schrieb",
        ", so meine Erfahrung",
        ", muss ich sagen",
        ", und das sage nicht nur ich",
        ", dieses Jahr mehr denn je",
        ", um ein Beispiel zu nennen",
        ", soweit ich das sehe",
        ", wenn Sie mich fragen",
        ", ehrlich gesagt",
        ", hier in der Zentrale",
        ", und das seit dem Sommer",
        ", so viel steht fest",
    ),
    "es": (
        ", al menos en nuestro caso",
        ", al menos en mi departamento",
        ", como ya escribí la última vez",
        ", según mi experiencia",
        ", debo decir",
        ", y no soy el único que lo dice",
        ", este año más que nunca",
        ", por poner un ejemplo",
        ", por lo que veo",
        ", si me preguntan",
        ", la verdad",
        ", aquí en la central",
        ", y eso desde el verano",
    ),
}
#: Share of the sentences with such an aside.
ASIDE = 0.55

#: First words, by class of the score.
OPENINGS = {
    "promoter": {
        "en": (
            "Very happy overall.",
            "Love it.",
            "Great product.",
            "We recommend you often.",
            "Best choice.",
            "Excellent.",
            "Really satisfied.",
            "Truly excellent.",
            "Super.",
            "All in all very good.",
            "",
            "",
        ),
        "de": (
            "Insgesamt sehr zufrieden.",
            "Klasse Produkt.",
            "Wir empfehlen Sie gern.",
            "Top.",
            "Ausgezeichnet.",
            "Alles bestens.",
            "Sehr gut.",
            "Wir sind begeistert.",
            "Hervorragend.",
            "",
            "",
        ),
        "es": (
            "Muy contentos en general.",
            "Excelente producto.",
            "Lo recomendamos siempre.",
            "Genial.",
            "Muy bien todo.",
            "Estamos encantados.",
            "Perfecto.",
            "Muy satisfechos.",
            "",
            "",
        ),
    },
    "passive": {
        "en": (
            "Good, with room to improve.",
            "Solid.",
            "It does the job.",
            "Mostly fine.",
            "Okay so far.",
            "Quite good.",
            "Not bad.",
            "Decent overall.",
            "Good but not great.",
            "Fine, really.",
            "",
            "",
        ),
        "de": (
            "Gut, aber ausbaufähig.",
            "Solide.",
            "Erfüllt seinen Zweck.",
            "Im Großen und Ganzen in Ordnung.",
            "Ganz gut.",
            "Nicht schlecht.",
            "Alles in allem okay.",
            "Passt so.",
            "",
            "",
        ),
        "es": (
            "Bien, pero no genial.",
            "Correcto.",
            "Cumple su función.",
            "En general aceptable.",
            "Bastante bien.",
            "No está mal.",
            "Bien sin más.",
            "",
            "",
        ),
    },
    "detractor": {
        "en": (
            "Frustrating.",
            "We expected more.",
            "We are not satisfied.",
            "Disappointing.",
            "Poor.",
            "Not good enough.",
            "Very disappointed.",
            "Annoying.",
            "Far from happy.",
            "Quite unhappy.",
            "",
            "",
        ),
        "de": (
            "Frustrierend.",
            "Wir hatten mehr erwartet.",
            "Wir sind nicht zufrieden.",
            "Enttäuschend.",
            "Leider schlecht.",
            "Sehr unzufrieden.",
            "Ärgerlich.",
            "So nicht.",
            "",
            "",
        ),
        "es": (
            "Frustrante.",
            "Esperábamos más.",
            "No estamos satisfechos.",
            "Decepcionante.",
            "Bastante mal.",
            "Muy descontentos.",
            "Así no.",
            "",
            "",
        ),
    },
}

#: What stands before a complaint of somebody happy, and before praise of somebody unhappy.
EVEN_SO = {
    "complaint": {
        "en": ("One thing though:", "Only this:", "Still:", "The one minus:"),
        "de": ("Nur eines:", "Einziger Haken:", "Trotzdem:", "Nur:"),
        "es": ("Solo una cosa:", "Eso sí:", "Un pero:", "Aun así:"),
    },
    "praise": {
        "en": ("On the bright side:", "To be fair:", "The good part:", "At least:"),
        "de": ("Positiv immerhin:", "Immerhin:", "Das Gute:", "Zum Lob:"),
        "es": ("Lo bueno:", "Al menos:", "Para ser justos:", "Lo positivo:"),
    },
}

#: Whole remarks without a topic, by class of the score.
REMARKS = {
    "promoter": {
        "en": (
            "Keep it up!",
            "Nothing to add, all good.",
            "Works for us every day.",
            "Thank you all.",
            "Exactly what we needed this year.",
            "I really enjoy it.",
            "No complaints.",
            "Highly recommended.",
            "Everything is great, thanks.",
            "We love it all.",
            "Really very happy, thank you.",
            "Nothing to complain about.",
            "Simply the best.",
            "Really great.",
        ),
        "de": (
            "Weiter so!",
            "Nichts hinzuzufügen, alles gut.",
            "Funktioniert jeden Tag.",
            "Danke an alle.",
            "Sehr zu empfehlen.",
            "Keine Beschwerden.",
            "Alles prima, danke.",
            "Wir sind rundum zufrieden.",
            "Einfach gut.",
            "Ich kann Sie nur empfehlen.",
            "Nichts zu meckern.",
            "Bin sehr zufrieden.",
        ),
        "es": (
            "¡Sigan así!",
            "Nada que añadir, todo bien.",
            "Nos funciona cada día.",
            "Gracias a todos.",
            "Sin quejas.",
            "Muy recomendable.",
            "Todo perfecto, gracias.",
            "Estamos muy contentos.",
            "Me encanta.",
            "Todo excelente.",
            "Muy bien, gracias.",
        ),
    },
    "passive": {
        "en": (
            "Fine for now.",
            "Let us see how next year goes.",
            "No strong opinion.",
            "Some things good, some less so.",
            "It is okay.",
            "Could be better, could be worse.",
            "Neither here nor there.",
            "Good enough for us.",
            "All fine, nothing more.",
            "Quite okay, really.",
            "It is all right.",
            "Not the best, not the worst.",
            "Okay, but not great.",
        ),
        "de": (
            "Passt so weit.",
            "Mal sehen, wie das nächste Jahr wird.",
            "Keine starke Meinung.",
            "Manches gut, manches weniger.",
            "Ist in Ordnung.",
            "Könnte besser sein.",
            "Für uns gut genug.",
            "Alles okay.",
            "Nicht schlecht, nicht super.",
            "Ganz in Ordnung.",
            "So weit alles gut.",
        ),
        "es": (
            "Por ahora bien.",
            "Veremos el año que viene.",
            "Algunas cosas bien, otras menos.",
            "Ni bien ni mal.",
            "Podría ser mejor.",
            "Todo correcto.",
            "Bien, pero no perfecto.",
            "Está bien así.",
            "Bastante correcto.",
            "No está mal, la verdad.",
        ),
    },
    "detractor": {
        "en": (
            "This was not a good quarter for us.",
            "Please get better.",
            "We would not choose it again.",
            "Too many small problems.",
            "My colleagues have given up.",
            "We are looking at others.",
            "It has been getting worse.",
            "Not recommended.",
            "We are not happy.",
            "Very disappointing.",
            "It is just bad.",
            "We really are disappointed.",
            "I would not recommend it.",
        ),
        "de": (
            "Das war kein gutes Quartal.",
            "Bitte werden Sie besser.",
            "Zu viele kleine Probleme.",
            "Es wird immer schlimmer.",
            "Nicht zu empfehlen.",
            "Wir sind enttäuscht.",
            "Das ist einfach schlecht.",
            "Sehr ärgerlich.",
            "Wir sind unzufrieden.",
            "Ich kann es nicht empfehlen.",
            "So ist es schlecht.",
        ),
        "es": (
            "No fue un buen trimestre.",
            "Mejoren, por favor.",
            "Demasiados problemas pequeños.",
            "Va cada vez peor.",
            "No lo recomendamos.",
            "Estamos decepcionados.",
            "Está muy mal.",
            "Es una decepción.",
            "Todo bastante mal.",
            "No estamos contentos.",
        ),
    },
}

EMOJI = ("🙂", "👍", "😡", "🚀", "🤷", "❤️", "😴")

#: Ways in which personal data slips into a comment.
STAINS = {
    "en": (
        "Mail me at {mail}.",
        "Call me on {phone}.",
        "My card {card} was charged twice.",
        "Refund to {iban}.",
        "Our server {ip} was blocked.",
        "Regards, {person}",
        "We at {company} talked about it.",
    ),
    "de": (
        "Bitte an {mail} schreiben.",
        "Rückruf unter {phone}.",
        "Karte {card} wurde doppelt belastet.",
        "Erstattung auf {iban} bitte.",
        "Unser Server {ip} war gesperrt.",
        "Gruß, {person}",
        "Bei {company} sprechen wir oft darüber.",
    ),
    "es": (
        "Escríbanme a {mail}.",
        "Llámenme al {phone}.",
        "Cargaron dos veces mi tarjeta {card}.",
        "Devolución a {iban}, por favor.",
        "Bloquearon nuestro servidor {ip}.",
        "Saludos, {person}",
        "En {company} lo hemos comentado.",
    ),
}
#: Well-known test numbers with right check digits: they belong to nobody.
CARDS = ("4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005", "4012888888881881")
IBANS = ("DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "ES9121000418450200051332", "AT611904300234573201")

#: Comments that would do harm if anybody let them.
HOSTILE = (
    "<script>alert('cx')</script>",
    "<img src=x onerror=alert(1)>",
    '=HYPERLINK("http://example.invalid","click")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "<b>bold</b> & <i>broken",
    "{{ 7*7 }} {% raw %}",
    "-2+3+cmd|' /C calc'!A0",
    "</td></table><h1>Hello</h1>",
    "javascript:alert(document.domain)",
    "Robert'); DROP TABLE responses;--",
    "$\\phantom{x}$ `code` [link](javascript:alert(1))",
    "\u202etxet desrever\u202c",
)

#: Remarks after an event, by whether the person was satisfied.
AFTER_EVENT = {
    True: {
        "en": (
            "Sorted out quickly.",
            "Clear answer, thanks.",
            "All went as planned.",
            "Friendly and to the point.",
            "Solved on the first try.",
        ),
        "de": (
            "Schnell erledigt.",
            "Klare Antwort, danke.",
            "Alles lief nach Plan.",
            "Freundlich und kompetent.",
            "Beim ersten Mal gelöst.",
        ),
        "es": (
            "Resuelto con rapidez.",
            "Respuesta clara, gracias.",
            "Todo según lo previsto.",
            "Amables y directos.",
            "Resuelto a la primera.",
        ),
    },
    False: {
        "en": (
            "Had to explain everything twice.",
            "Still not solved.",
            "Took too many steps.",
            "Nobody told us what happens next.",
            "Passed from one desk to another.",
        ),
        "de": (
            "Musste alles zweimal erklären.",
            "Immer noch nicht gelöst.",
            "Zu viele Schritte.",
            "Niemand sagte, wie es weitergeht.",
            "Von Stelle zu Stelle gereicht.",
        ),
        "es": (
            "Tuve que explicarlo todo dos veces.",
            "Sigue sin resolverse.",
            "Demasiados pasos.",
            "Nadie nos dijo qué seguía.",
            "De un departamento a otro.",
        ),
    },
}
