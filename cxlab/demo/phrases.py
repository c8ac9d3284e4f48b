"""What people of the sample company write, by language: sentences per topic, openings, plain remarks, stains."""

from __future__ import annotations

LANGUAGES = ("en", "de", "es")

#: Fillers: {n} is a small number, {what} one of these.
WHAT = {
    "en": ("dashboards", "monthly reports", "invoices", "stock lists", "approvals", "exports", "alerts", "forecasts"),
    "de": ("Dashboards", "Monatsberichte", "Rechnungen", "Bestandslisten", "Freigaben", "Exporte", "Meldungen"),
    "es": ("paneles", "informes mensuales", "facturas", "listas de stock", "aprobaciones", "exportaciones", "avisos"),
}

#: Every sentence belongs to exactly one topic: `comments.mentioned_topics` finds topics by them.
SENTENCES: dict[str, dict[str, tuple[str, ...]]] = {
    "slow support": {
        "en": (
            "Support took {n} days to answer.",
            "We waited {n} days before anybody from support replied.",
            "Tickets stay open far too long.",
            "Getting an answer from the help desk takes forever.",
        ),
        "de": (
            "Der Support hat {n} Tage für eine Antwort gebraucht.",
            "Unsere Tickets bleiben viel zu lange offen.",
            "Wir haben {n} Tage auf eine Rückmeldung vom Helpdesk gewartet.",
            "Die Hotline meldet sich zu spät.",
        ),
        "es": (
            "El soporte tardó {n} días en responder.",
            "Los tickets quedan abiertos demasiado tiempo.",
            "Esperamos {n} días hasta que soporte nos contestó.",
            "Conseguir respuesta del soporte es eterno.",
        ),
    },
    "price": {
        "en": (
            "The price went up by {n} % without anything new.",
            "It is too expensive for what we use.",
            "Paying extra for {what} feels wrong.",
            "Licence costs are hard to defend in our budget.",
        ),
        "de": (
            "Der Preis ist um {n} % gestiegen, ohne dass etwas Neues kam.",
            "Für unseren Bedarf ist es zu teuer.",
            "Dass {what} extra kosten, ist schwer zu vermitteln.",
            "Die Lizenzkosten sprengen unser Budget.",
        ),
        "es": (
            "El precio subió un {n} % sin nada nuevo.",
            "Es demasiado caro para lo que usamos.",
            "Pagar aparte por {what} no tiene sentido.",
            "El coste de las licencias no cabe en el presupuesto.",
        ),
    },
    "slow reports": {
        "en": (
            "Loading {what} takes {n} minutes.",
            "Reports are painfully slow at month end.",
            "The pages with {what} keep timing out.",
            "Performance is poor as soon as data gets big.",
        ),
        "de": (
            "Das Laden der {what} dauert {n} Minuten.",
            "Zum Monatsende sind die Auswertungen quälend langsam.",
            "Die Seiten mit {what} brechen ständig ab.",
            "Bei großen Datenmengen wird alles zäh.",
        ),
        "es": (
            "Cargar {what} tarda {n} minutos.",
            "A fin de mes los reportes son lentísimos.",
            "Las páginas con {what} se cuelgan a menudo.",
            "Con muchos datos el rendimiento es malo.",
        ),
    },
    "integrations": {
        "en": (
            "The connector to our ERP breaks every {n} weeks.",
            "The sync with our CRM loses records.",
            "We had to build the API integration ourselves.",
            "Single sign-on needed {n} attempts.",
        ),
        "de": (
            "Die Schnittstelle zum ERP fällt alle {n} Wochen aus.",
            "Beim Abgleich mit dem CRM fehlen Datensätze.",
            "Die API-Anbindung mussten wir selbst bauen.",
            "Single Sign-on klappte erst beim {n}. Versuch.",
        ),
        "es": (
            "El conector con el ERP se cae cada {n} semanas.",
            "La sincronización con el CRM pierde registros.",
            "Tuvimos que programar la integración API nosotros.",
            "El inicio de sesión único falló {n} veces.",
        ),
    },
    "assistant errors": {
        "en": (
            "The new AI assistant makes up answers.",
            "The assistant gave us wrong figures {n} times.",
            "We cannot trust what the AI assistant says about {what}.",
            "The chatbot sends us in circles.",
        ),
        "de": (
            "Der neue KI-Assistent erfindet Antworten.",
            "Der Assistent nannte {n} Mal falsche Zahlen.",
            "Was der KI-Assistent zu {what} sagt, stimmt oft nicht.",
            "Der Chatbot dreht sich im Kreis.",
        ),
        "es": (
            "El nuevo asistente de IA se inventa respuestas.",
            "El asistente dio cifras erróneas {n} veces.",
            "No podemos fiarnos de lo que dice el asistente sobre {what}.",
            "El chatbot nos marea sin resolver.",
        ),
    },
    "phone menu": {
        "en": (
            "The phone menu has {n} levels.",
            "You press {n} buttons before a voice menu lets you through.",
            "The hold music in the phone queue deserves a prize.",
            "The telephone menu is only in one language.",
        ),
        "de": (
            "Das Telefonmenü hat {n} Ebenen.",
            "Man drückt {n} Tasten im Sprachmenü.",
            "Die Warteschleife am Telefon ist lang.",
            "Das Telefonmenü gibt es nur in einer Sprache.",
        ),
        "es": (
            "El menú telefónico tiene {n} niveles.",
            "Hay que pulsar {n} teclas en el menú de voz.",
            "La música de espera del teléfono es larga.",
            "El menú del teléfono está en un solo idioma.",
        ),
    },
    "documentation": {
        "en": (
            "I look things up in the documentation about {what}.",
            "The help pages were updated {n} weeks ago.",
            "We printed the manual for new colleagues.",
            "The knowledge base has an article on {what}.",
        ),
        "de": (
            "In der Dokumentation zu {what} schlage ich oft nach.",
            "Die Hilfeseiten sind {n} Wochen alt.",
            "Das Handbuch haben wir für neue Kollegen gedruckt.",
            "In der Wissensdatenbank steht etwas zu {what}.",
        ),
        "es": (
            "Consulto la documentación sobre {what}.",
            "Las páginas de ayuda se actualizaron hace {n} semanas.",
            "Imprimimos el manual para los nuevos.",
            "En la base de conocimientos hay un artículo sobre {what}.",
        ),
    },
    "onboarding help": {
        "en": (
            "The onboarding team had us running in {n} weeks.",
            "The kick-off workshop helped us a lot.",
            "Our implementation coach explained {what} very well.",
            "Setting up went smoothly with your guide.",
        ),
        "de": (
            "Das Onboarding-Team hatte uns nach {n} Wochen startklar.",
            "Der Einführungsworkshop war sehr hilfreich.",
            "Unser Einführungsberater hat {what} prima erklärt.",
            "Die Einrichtung lief dank Begleitung rund.",
        ),
        "es": (
            "El equipo de puesta en marcha nos tuvo listos en {n} semanas.",
            "El taller inicial ayudó mucho.",
            "Nuestro consultor de implantación explicó muy bien {what}.",
            "La configuración guiada fue fluida.",
        ),
    },
    "ease of use": {
        "en": (
            "The screens are clear and easy to learn.",
            "New colleagues find their way in {n} hours.",
            "Making {what} is really simple now.",
            "It is intuitive, nobody needed a course.",
        ),
        "de": (
            "Die Oberfläche ist klar und leicht zu lernen.",
            "Neue Kollegen finden sich in {n} Stunden zurecht.",
            "So einfach waren {what} noch nie.",
            "Die Bedienung ist intuitiv.",
        ),
        "es": (
            "Las pantallas son claras y fáciles de aprender.",
            "Los nuevos se orientan en {n} horas.",
            "Preparar {what} es muy sencillo ahora.",
            "Es intuitivo, nadie necesitó un curso.",
        ),
    },
    "helpful people": {
        "en": (
            "Our contact person is friendly and knows our business.",
            "Your people really listen to us.",
            "The consultant called back within {n} hours and cared.",
            "Great colleagues on your side.",
        ),
        "de": (
            "Unsere Ansprechpartnerin ist freundlich und kennt unser Geschäft.",
            "Ihre Leute hören wirklich zu.",
            "Der Berater rief nach {n} Stunden zurück und kümmerte sich.",
            "Tolle Menschen auf Ihrer Seite.",
        ),
        "es": (
            "Nuestra persona de contacto es amable y conoce el negocio.",
            "Su gente nos escucha de verdad.",
            "El consultor llamó en {n} horas y se ocupó de todo.",
            "Gran equipo humano por su parte.",
        ),
    },
}

#: First words, by class of the score.
OPENINGS = {
    "promoter": {
        "en": ("Very happy overall.", "Love it.", "Great product.", "We recommend you often.", "Best choice.", ""),
        "de": ("Insgesamt sehr zufrieden.", "Klasse Produkt.", "Wir empfehlen Sie gern.", "Top.", "Läuft bestens.", ""),
        "es": ("Muy contentos en general.", "Excelente producto.", "Lo recomendamos siempre.", "Genial.", ""),
    },
    "passive": {
        "en": ("Good, with room to improve.", "Solid.", "It does the job.", "Mostly fine.", "Okay so far.", ""),
        "de": ("Gut, aber ausbaufähig.", "Solide.", "Erfüllt seinen Zweck.", "Im Großen und Ganzen in Ordnung.", ""),
        "es": ("Bien, aunque mejorable.", "Correcto.", "Cumple su función.", "En general aceptable.", ""),
    },
    "detractor": {
        "en": ("Frustrating.", "We expected more.", "Not what was promised.", "We are looking at others.", "Poor.", ""),
        "de": ("Frustrierend.", "Wir hatten mehr erwartet.", "Nicht wie versprochen.", "Enttäuschend.", ""),
        "es": ("Frustrante.", "Esperábamos más.", "No es lo prometido.", "Estamos mirando alternativas.", ""),
    },
}

#: What stands before a complaint of somebody happy, and before praise of somebody unhappy.
EVEN_SO = {
    "complaint": {"en": "One thing though:", "de": "Nur eines:", "es": "Solo una cosa:"},
    "praise": {"en": "On the bright side:", "de": "Positiv immerhin:", "es": "Lo bueno:"},
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
        ),
        "de": (
            "Weiter so!",
            "Nichts hinzuzufügen, alles gut.",
            "Funktioniert jeden Tag.",
            "Danke an alle.",
            "Genau das, was wir gebraucht haben.",
        ),
        "es": (
            "¡Sigan así!",
            "Nada que añadir, todo bien.",
            "Nos funciona cada día.",
            "Gracias a todos.",
            "Justo lo que necesitábamos.",
        ),
    },
    "passive": {
        "en": (
            "Fine for now.",
            "Let us see how next year goes.",
            "No strong opinion.",
            "Average, like others.",
            "Some things good, some less so.",
        ),
        "de": (
            "Passt so weit.",
            "Mal sehen, wie das nächste Jahr wird.",
            "Keine starke Meinung.",
            "Durchschnitt.",
            "Manches gut, manches weniger.",
        ),
        "es": (
            "Por ahora bien.",
            "Veremos el año que viene.",
            "Sin opinión clara.",
            "Normal, como otros.",
            "Algunas cosas bien, otras menos.",
        ),
    },
    "detractor": {
        "en": (
            "This was not a good quarter for us.",
            "Please get better.",
            "We would not choose it again.",
            "Too many small problems.",
            "My colleagues have given up.",
        ),
        "de": (
            "Das war kein gutes Quartal.",
            "Bitte werden Sie besser.",
            "Wir würden es nicht wieder nehmen.",
            "Zu viele kleine Probleme.",
            "Meine Kollegen haben aufgegeben.",
        ),
        "es": (
            "No fue un buen trimestre.",
            "Mejoren, por favor.",
            "No lo elegiríamos otra vez.",
            "Demasiados problemas pequeños.",
            "Mis compañeros se han rendido.",
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
