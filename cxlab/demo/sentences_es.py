"""Spanish sentences about the topics of the sample company: patterns and words they share, see `phrases`."""

from __future__ import annotations

#: Topic -> name of a slot -> its words.
WORDS: dict[str, dict[str, str]] = {
    "slow support": {
        "sup": "el soporte|el equipo de soporte|su soporte|el servicio de soporte",
        "ans": "una respuesta|la primera respuesta|alguna respuesta|una contestación",
        "tic": "un ticket|nuestro ticket|cada ticket|un ticket urgente|nuestro último ticket",
        "late": "demasiado tarde|con mucha lentitud|tras muchos días|cada vez más tarde|muy lento",
    },
    "price": {
        "lic": "las licencias|nuestras licencias|las licencias de usuario|las nuevas licencias",
        "pr": "el precio|el nuevo precio|el coste|el precio anual",
        "dear": "demasiado alto|difícil de justificar|muy alto|excesivo|cada año más alto",
        "bud": "para nuestro presupuesto|para lo que usamos|para una empresa pequeña|este año|en comparación",
    },
    "slow reports": {
        "rep": "los informes|nuestros informes|los informes mensuales|los informes grandes|los informes con {what}",
        "when": "a fin de mes|a final de mes|con muchos datos|con los datos de un año|cada fin de mes",
        "slow": "muy lentos|lentísimos|demasiado lentos|cada vez más lentos",
    },
    "integrations": {
        "con": "con el ERP|con el CRM|con nuestro ERP|con nuestro CRM|con el sistema de almacén",
        "tie": "el conector|la integración|la sincronización|el conector API|la integración API",
        "fails": "se cae|falla|pierde registros|deja de sincronizar|se para",
        "when": "tras cada actualización|sin avisar|una y otra vez|de noche|cada mes",
    },
    "assistant errors": {
        "bot": "el asistente de IA|el nuevo asistente de IA|el chatbot de IA|su asistente de IA|este asistente de IA",
        "th": "cifras|respuestas|fechas|cantidades",
        "wr": "erróneas|inventadas|falsas|equivocadas",
        "on": "sobre el stock|sobre los plazos|sobre los pedidos|sobre las entregas",
    },
    "phone menu": {
        "menu": (
            "el menú telefónico|el menú automático del teléfono|"
            "el menú de voz del teléfono|su menú telefónico|este menú telefónico"
        ),
        "until": (
            "antes de hablar con alguien|hasta que alguien atiende|antes de que te pasen|"
            "y luego música de espera|sin hablar con nadie"
        ),
        "keys": "teclas|opciones|voces|alternativas",
    },
    "documentation": {
        "docs": (
            "en la documentación|en la documentación en línea|en el manual|"
            "en la base de conocimientos|en la documentación y el manual"
        ),
        "pg": "una página|un artículo|un capítulo|una descripción|una página de ayuda",
        "on": "sobre permisos|sobre plantillas|sobre exportaciones|sobre aprobaciones|sobre archivos",
    },
    "onboarding help": {
        "team": (
            "el equipo de puesta en marcha|el taller de puesta en marcha|la guía de puesta en marcha|"
            "la consultora de puesta en marcha|el plan de puesta en marcha"
        ),
        "set": "la configuración|toda la configuración|la configuración inicial|nuestra configuración",
        "did": "preparó|explicó|guió|acompañó|organizó",
        "well": "muy bien|paso a paso|sin tropiezos|como estaba previsto|con calma",
    },
    "ease of use": {
        "scr": "las pantallas son|las nuevas pantallas son|nuestras pantallas son|todas las pantallas son",
        "easy": "fáciles|sencillas|claras|intuitivas|muy sencillas",
        "learn": "de aprender|de usar|de entender|de manejar",
        "who": "para los nuevos|para todos|para todo el equipo|para cualquiera|para los mayores",
    },
    "helpful people": {
        "who": "nuestra persona de contacto|nuestra gestora|nuestra consultora|la persona que nos atiende|su compañera",
        "kind": "amable|cercana|cordial|muy amable",
        "able": "competente|atenta|paciente|eficaz",
        "does": (
            "nos escucha de verdad|conoce nuestro negocio|se preocupa por nosotros|nos dedica tiempo|siempre está ahí"
        ),
        "ppl": "su gente es|la gente de su equipo es|toda su gente es",
    },
}

#: Topic -> patterns.
PATTERNS: dict[str, tuple[str, ...]] = {
    "slow support": (
        "<sup> tardó {n} días en [responder|contestar] a <tic>",
        "esperamos {n} días <ans> de soporte, <tic> sigue abierto",
        "<sup> [responde|contesta] <late> a <tic>",
        "<sup> es lento, <ans> a <tic> tarda días",
        "para <ans> a <tic> esperamos días, <sup> [responde|contesta] <late>",
        "<tic> sigue días sin respuesta, <sup> [responde|contesta] <late>",
        "hay que perseguir <tic> {n} días, <sup> [responde|contesta] <late>",
    ),
    "price": (
        "<pr> de <lic> subió un {n} %, es <dear> <bud>",
        "<pr> de <lic> es <dear> <bud>",
        "<bud> <pr> de <lic> es <dear>",
        "<lic> son demasiado caras <bud>, <pr> es <dear>",
        "pagar un {n} % más por <lic> sale caro, <pr> es <dear> <bud>",
        "la subida de precio del {n} % hace caras <lic>, <pr> es <dear>",
        "<lic> resultan caras, <pr> es <dear> <bud>",
    ),
    "slow reports": (
        "cargar {what} <when> tarda {n} minutos, los informes van <slow>",
        "<when> <rep> cargan <slow>",
        "<rep> van <slow> <when>, [se cuelgan al cargar|tardan en cargar|cuesta cargarlos]",
        "<rep> tardan {n} minutos en cargar <when>",
        "<when> <rep> tardan {n} minutos en cargar, van <slow>",
        "<rep> se cuelgan al cargar <when> o van <slow>",
        "lentitud <when>: <rep> tardan {n} minutos en cargar",
    ),
    "integrations": (
        "<tie> <con> <fails> cada {n} semanas",
        "<tie> <con> <fails> <when>",
        "<when> <tie> <con> <fails>",
        "<tie> <con> <fails> <when>, ya {n} veces este trimestre",
        "tuvimos que programar nosotros <tie> <con>, <fails> <when>",
        "sincronizar registros <con> es poco fiable, <tie> <fails> <when>",
        "el inicio de sesión único falló {n} veces y <tie> <con> <fails> <when>",
    ),
    "assistant errors": (
        "<bot> se inventa <th> <wr> <on>",
        "<bot> dio <th> <wr> {n} veces <on>",
        "no nos fiamos de la IA, <bot> da <th> <wr> <on>",
        "las <th> <on> son <wr>, <bot> se las inventa",
        "tras {n} <th> <wr> <on> nadie se fía, <bot> se las inventa",
        "comprobamos las <th> <on>, {n} eran <wr>, <bot> se las inventa",
        "quiten la IA, <bot> da <th> <wr> <on>",
    ),
    "phone menu": (
        "<menu> tiene {n} <keys> <until>",
        "se pulsan {n} teclas en el menú telefónico <until>, <menu> tiene demasiadas <keys>",
        "<menu> [ofrece|repite|lee] {n} <keys> <until>",
        "con {n} <keys> <menu> es largo <until>",
        "me sé de memoria <menu>, {n} <keys> <until>",
        "ninguna opción encaja, <menu> sigue con sus <keys> <until>",
        "<menu> está en un solo idioma, {n} <keys> <until>",
    ),
    "documentation": (
        "<docs> [hay|consulto|encontré|leí] <pg> <on>",
        "[consulto|leo|busqué] <pg> <on> <docs>",
        "<docs> [hay|tenemos] {n} páginas <on>, la documentación está [impresa|enlazada]",
        "<pg> <on> <docs> se actualizó hace {n} semanas",
        "<on> [hay|consulto|leí] <docs> <pg> y {n} páginas más de documentación",
        "<pg> <on> <docs> muestra la versión anterior",
        "hemos [impreso|leído|enlazado] {n} páginas <on> <docs>",
    ),
    "onboarding help": (
        "<team> <did> <set> <well> y en {n} semanas empezamos",
        "<team> <did> <well> <set>",
        "en {n} semanas estábamos listos, <team> <did> <set> <well>",
        "<set> fue fluida, <team> la <did> <well>",
        "desde el inicio <team> <did> <set> <well>",
        "buena puesta en marcha: <team> <did> <set> <well> en {n} semanas",
        "<set> duró {n} semanas, <team> la <did> <well>",
    ),
    "ease of use": (
        "<scr> <easy> y fáciles <learn> <who>",
        "<scr> fáciles <learn>, <easy> <who>",
        "<who> <scr> <easy>, fáciles <learn>, en {n} horas se domina",
        "fácil <learn>: <scr> <easy> <who>",
        "con {n} clics está hecho, <scr> <easy> y fáciles <learn>",
        "<scr> <easy> y resultan fáciles <learn> <who>",
        "muy fácil <learn>, <scr> <easy> <who>, {n} horas bastan",
    ),
    "helpful people": (
        "<who> es <kind>, <able> y <does>",
        "<who> llamó en {n} horas, es <kind> y <does>",
        "<ppl> <kind> y <able>, <who> <does>",
        "<kind> y <able>: <who> <does>",
        "<who> <does> y es <kind> y <able>",
        "<who> llama cada {n} semanas, es <kind> y <does>",
        "<ppl> <kind>, sobre todo <who>, que <does>",
    ),
}
