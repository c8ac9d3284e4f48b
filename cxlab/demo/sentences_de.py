"""German sentences about the topics of the sample company: patterns and words they share, see `phrases`."""

from __future__ import annotations

#: Topic -> name of a slot -> its words.
WORDS: dict[str, dict[str, str]] = {
    "slow support": {
        "desk": "der Support|das Support-Team|der Helpdesk|Ihr Support|der Kundensupport",
        "vom": "vom Support|vom Support-Team|vom Helpdesk|von Ihrem Support|vom Kundensupport",
        "ticket": "unser Ticket|ein Ticket|ein einfaches Ticket|unser letztes Ticket|ein dringendes Ticket",
        "answer": "eine Antwort|eine Rückmeldung|eine erste Antwort|irgendeine Reaktion",
        "late": "viel zu spät|erst nach Tagen|zu langsam|immer langsamer|tagelang nicht",
    },
    "price": {
        "lic": "die Lizenzen|unsere Lizenzen|die Nutzerlizenzen|weitere Lizenzen|die neuen Lizenzen",
        "price": "der Preis|der Gesamtpreis|der neue Preis|der Jahrespreis|der jetzige Preis",
        "dear": "zu hoch|viel zu hoch|kaum zu rechtfertigen|schwer zu vermitteln|deutlich zu hoch",
        "bud": "für unser Budget|für unseren Bedarf|für unseren Betrieb|in diesem Jahr|im Vergleich",
    },
    "slow reports": {
        "rep": "die Berichte|unsere Berichte|die Monatsberichte|die großen Berichte|Berichte mit {what}",
        "when": "zum Monatsende|bei großen Datenmengen|am Montagmorgen|mit den Daten eines Jahres|unter Last",
        "slow": "zu langsam|quälend langsam|viel zu langsam|immer langsamer|sehr langsam",
    },
    "integrations": {
        "to": "zum ERP|zum CRM|zu unserem ERP-System|zu unserem CRM-System|zum Lagersystem",
        "tie": (
            "die Schnittstelle|die API-Schnittstelle|die Anbindung|"
            "der Abgleich über die Schnittstelle|die neue Schnittstelle"
        ),
        "fails": "fällt aus|verliert Datensätze|bricht ab|bleibt stehen|überträgt Datensätze nicht",
        "when": "nach jedem Update|ohne Warnung|immer wieder|in der Nacht|jeden Monat",
    },
    "assistant errors": {
        "bot": "der KI-Assistent|der neue KI-Assistent|der KI-Chatbot|Ihr KI-Assistent|dieser KI-Assistent",
        "things": "Zahlen|Antworten|Angaben|Auskünfte|Ergebnisse",
        "wrong": "falsch|frei erfunden|oft falsch|meistens falsch|einfach falsch",
        "on": "zu unserem Lager|zu Fristen|zum Bestand|zu Lieferterminen|zu unseren Aufträgen",
    },
    "phone menu": {
        "menu": (
            "das Telefonmenü|das automatische Telefonmenü|das Sprachmenü am Telefon|Ihr Telefonmenü|das Menü am Telefon"
        ),
        "im": (
            "im Telefonmenü|im automatischen Telefonmenü|im Sprachmenü am Telefon|"
            "in Ihrem Telefonmenü|im Menü am Telefon"
        ),
        "until": (
            "bis ein Mensch abnimmt|ehe man durchgestellt wird|bis man jemanden erreicht|"
            "und dann spielt Musik|bis jemand abnimmt"
        ),
        "keys": "Tasten|Ebenen|Ansagen|Möglichkeiten|Optionen",
    },
    "documentation": {
        "docs": (
            "in der Dokumentation|in der Online-Dokumentation|im Handbuch|"
            "in Dokumentation und Handbuch|in der Wissensdatenbank"
        ),
        "page": "eine Seite|ein Artikel|eine Hilfeseite|ein Kapitel|eine Beschreibung",
        "on": "zu Freigaben|zu Rollen|zu Vorlagen|zum Export|zum Archiv|zu Rechten",
    },
    "onboarding help": {
        "team": (
            "das Onboarding-Team|die Onboarding-Beraterin|der Onboarding-Workshop|der Onboarding-Plan|Ihr Onboarding"
        ),
        "set": (
            "die Einrichtung|die ganze Einrichtung|die erste Einrichtung|die Einrichtung im Betrieb|unsere Einrichtung"
        ),
        "did": "begleitet|vorbereitet|erklärt|geplant|vorangebracht",
        "well": "prima|sehr gut|gut|reibungslos|wie versprochen",
    },
    "ease of use": {
        "ui": "die Oberfläche|die Bedienung|die neue Oberfläche|die Bedienung der Oberfläche|die neue Bedienung",
        "easy": "einfach|intuitiv|klar|übersichtlich|sehr einfach",
        "learn": "leicht zu lernen|leicht zu erlernen|schnell zu lernen|rasch zu lernen|leicht zu verstehen",
        "who": "für neue Kollegen|für alle Kollegen|für unsere Kollegen|für jüngere Kollegen|für ältere Kollegen",
    },
    "helpful people": {
        "who": "unsere Ansprechpartnerin|unsere Beraterin|unsere Kundenbetreuerin|unsere Kontaktperson|Ihre Kollegin",
        "kind": "freundlich|nett|herzlich|sehr freundlich",
        "able": "kompetent|aufmerksam|geduldig|hilfsbereit",
        "does": (
            "hört wirklich zu|kennt unser Geschäft|kümmert sich um uns|nimmt sich Zeit für uns|ist immer für uns da"
        ),
        "ppl": "Ihre Leute sind|alle bei Ihnen sind|die Menschen auf Ihrer Seite sind|unsere Kontakte sind",
    },
}

#: Topic -> patterns.
PATTERNS: dict[str, tuple[str, ...]] = {
    "slow support": (
        "<desk> hat {n} Tage gebraucht, um auf <ticket> zu [antworten|reagieren]",
        "wir haben {n} Tage auf <answer> <vom> gewartet, und das für <ticket>",
        "<desk> [antwortet|reagiert] <late> auf <ticket>",
        "auf <ticket> [antwortet|reagiert] <desk> <late>",
        "bis <desk> auf <ticket> [antwortet|reagiert], vergehen {n} Tage",
        "wir warten tagelang auf <answer> <vom>, <ticket> bleibt offen",
        "für <answer> auf <ticket> müssen wir {n} Tage warten, <desk> ist zu langsam",
    ),
    "price": (
        "<price> für <lic> ist um {n} % gestiegen und <bud> <dear>",
        "<lic> sind zu teuer, <price> ist <bud> <dear>",
        "<price> für <lic> ist <bud> <dear>",
        "um {n} % wurden <lic> teurer, <price> ist <bud> <dear>",
        "<bud> ist <price> für <lic> <dear>",
        "<lic> kosten {n} % mehr, <price> ist <bud> <dear>",
        "die Preiserhöhung um {n} % macht <lic> zu teuer, <price> ist <bud> <dear>",
    ),
    "slow reports": (
        "das Laden der {what} dauert <when> {n} Minuten, <rep> sind <slow>",
        "<when> laden <rep> <slow>",
        "<rep> laden <when> <slow>, [oft bricht das Laden ab|manchmal brechen sie ab|bis zu {n} Minuten lang]",
        "<rep> brauchen <when> {n} Minuten zum Laden",
        "<when> dauert das Laden {n} Minuten, <rep> sind <slow>",
        "<rep> brechen <when> beim Laden ab oder laden <slow>",
        "<when> laden <rep> {n} Minuten lang, sie sind <slow>",
    ),
    "integrations": (
        "<tie> <to> <fails>, alle {n} Wochen, <when>",
        "<tie> <to> <fails>, und das <when>",
        "<when> gibt es Ärger mit der Schnittstelle <to>, <tie> <fails>",
        "<tie> <to> mussten wir selbst bauen, die Schnittstelle <fails>",
        "schon {n} Mal fehlten Datensätze, <tie> <to> <fails>",
        "<tie> <to> ist unzuverlässig und <fails>, <when>",
        "Single Sign-on und <tie> <to> klappten erst beim {n}. Versuch, die Schnittstelle <fails>",
    ),
    "assistant errors": (
        "<bot> erfindet <things> <on>",
        "<bot> [nannte|lieferte|gab] uns {n} Mal falsche <things> <on>",
        "die <things> <on> sind <wrong>, <bot> erfindet sie",
        "<bot> ist nicht zu gebrauchen, seine <things> <on> sind <wrong>",
        "nach {n} falschen <things> traut hier niemand der KI, <bot> erfindet <things> <on>",
        "wir prüfen alle <things> <on>, {n} waren falsch, <bot> erfindet sie",
        "bitte abschalten: <bot> gibt <things> <on>, die <wrong> sind",
    ),
    "phone menu": (
        "<menu> hat {n} <keys>, <until>",
        "man drückt <im> {n} Tasten, <until>",
        "<menu> nennt {n} <keys>, <until>",
        "<im> drückt man eine Taste nach der anderen, {n} <keys>, <until>",
        "<menu> kenne ich auswendig, {n} <keys>, <until>",
        "keine der <keys> passt, <menu> redet weiter, <until>",
        "<menu> gibt es nur in einer Sprache, mit {n} <keys>, <until>",
    ),
    "documentation": (
        "<docs> [steht|gibt es|findet sich] <page> <on>",
        "<docs> [schlage|lese] ich <on> nach, dort [steht|gibt es|findet sich] <page>",
        "<page> <on> [steht|findet sich] <docs>, {n} Wochen alt",
        "<on> [steht|gibt es] <docs> <page> und {n} weitere Seiten der Dokumentation",
        "<docs> stehen {n} Seiten <on>, die Dokumentation haben wir [ausgedruckt|verlinkt]",
        "<page> <on> <docs> zeigt die [vorige|letzte] Version der Dokumentation",
        "wir haben <docs> {n} Seiten <on> [gelesen|ausgedruckt|verlinkt]",
    ),
    "onboarding help": (
        "<team> hat <set> <well> <did>, nach {n} Wochen waren wir startklar",
        "<team> hat <set> <well> <did>",
        "nach {n} Wochen waren wir startklar, <team> hat <set> <well> <did>",
        "<set> lief rund, <team> hat alles <well> <did>",
        "vom Auftakt an hat <team> <set> <well> <did>",
        "gutes Onboarding: <set> wurde <well> <did>, {n} Wochen vom Auftakt an",
        "<set> dauerte {n} Wochen, <team> hat sie <well> <did>",
    ),
    "ease of use": (
        "<ui> ist <easy> und <learn>, auch <who>",
        "<ui> ist <who> <easy> und <learn>",
        "<who> ist <ui> <easy>, nach {n} Stunden <learn>",
        "<easy> und <learn>: <ui> passt <who>",
        "<learn> und <easy> ist <ui> <who>",
        "mit {n} Klicks ist alles getan, <ui> ist <easy> und <learn>",
        "<who> ist alles <easy>, in {n} Stunden war <ui> <learn>",
    ),
    "helpful people": (
        "<who> ist <kind>, <able> und <does>",
        "<who> rief nach {n} Stunden zurück, ist <kind> und <does>",
        "<ppl> <kind> und <able>, <who> <does>",
        "<kind> und <able>: <who> <does>",
        "<who> <does> und ist dabei <kind> und <able>",
        "<who> meldet sich alle {n} Wochen, ist <kind> und <does>",
        "<ppl> <kind>, vor allem <who> <does>",
    ),
}
