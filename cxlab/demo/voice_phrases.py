"""What is written beside the surveys of the sample company: agents' notes, community posts, answers that are none."""

from __future__ import annotations

#: How agents write about a topic, for colleagues: short, English everywhere. {n} and {what} as in phrases.
NOTES: dict[str, tuple[str, ...]] = {
    "slow reports": (
        "Month-end reports timing out on their side, reran the job.",
        "Cust says loading {what} takes {n} min, confirmed slow on our end.",
        "Report performance again, passed to engineering.",
    ),
    "integrations": (
        "ERP connector dropped, restarted the sync.",
        "CRM sync lost records, replayed {n} batches.",
        "Single sign-on config broken after their change, walked them through.",
    ),
    "documentation": (
        "Sent link to help page on {what}, they had not found it.",
        "Help article on {what} is out of date, told docs team.",
    ),
    "assistant errors": (
        "AI assistant gave them a wrong figure, explained the right one.",
        "Assistant made up a menu entry, logged it.",
    ),
    "duplicate records": (
        "Duplicate user records again, merged by hand.",
        "Two accounts for the same person, merged {n} duplicates.",
        "Cleaned up double contacts before I could do anything else.",
    ),
}
#: Notes without a topic.
HANDLING = (
    "Called back, walked through the steps.",
    "Waiting for their reply.",
    "Reset done, asked to confirm.",
    "Sent screenshots.",
    "Spoke to the admin, will test tomorrow.",
    "Closed after confirmation.",
    "Left a voicemail.",
)

#: Posts in languages that no survey is sent in, and on what is asked for in the community only. Topics that the surveys
#: know are written in English, German and Spanish as phrases.SENTENCES has them.
POSTS: dict[str, dict[str, tuple[str, ...]]] = {
    "offline mode": {
        "en": (
            "Please add an offline mode, we lose our work without a connection.",
            "Is there a way to use the app offline on site?",
            "We need to work offline in the warehouse.",
        ),
        "de": (
            "Bitte einen Offline-Modus einbauen, ohne Netz ist alles weg.",
            "Gibt es eine Möglichkeit, die App offline zu nutzen?",
            "Im Lager müssen wir offline arbeiten können.",
        ),
        "es": (
            "Por favor, añadan un modo sin conexión.",
            "¿Se puede usar la aplicación sin conexión en obra?",
            "En el almacén necesitamos trabajar sin conexión.",
        ),
        "fr": (
            "Merci d'ajouter un mode hors ligne, on perd tout sans connexion.",
            "Peut-on utiliser l'application hors ligne sur le chantier ?",
        ),
        "ja": ("オフラインモードを追加してください。", "倉庫ではオフラインで作業したいです。"),
        "zh": ("请增加离线模式，没有网络就无法工作。", "在仓库里我们需要离线使用。"),
    },
    "documentation": {
        "fr": (
            "La documentation sur {what} est difficile à trouver.",
            "Les pages d'aide datent de {n} semaines.",
        ),
        "ja": ("{what}のヘルプページはどこにありますか。", "マニュアルが古いと思います。"),
        "zh": ("关于{what}的帮助文档在哪里？", "使用手册已经过时了。"),
    },
    "integrations": {
        "fr": (
            "Le connecteur avec notre ERP tombe toutes les {n} semaines.",
            "La synchronisation avec le CRM perd des enregistrements.",
        ),
        "ja": ("ERPとの連携が{n}週間ごとに止まります。", "CRMとの同期でデータが消えます。"),
        "zh": ("与ERP的接口每{n}周就会中断。", "与CRM同步时会丢失记录。"),
    },
    "slow reports": {
        "fr": ("Le chargement des {what} prend {n} minutes.", "Les rapports sont très lents en fin de mois."),
        "ja": ("{what}の読み込みに{n}分かかります。", "月末のレポートがとても遅いです。"),
        "zh": ("加载{what}需要{n}分钟。", "月底报表非常慢。"),
    },
    "assistant errors": {
        "fr": (
            "Le nouvel assistant IA invente des réponses.",
            "L'assistant a donné {n} fois des chiffres faux.",
        ),
        "ja": ("新しいAIアシスタントは答えを作り話します。", "アシスタントが{n}回間違った数字を出しました。"),
        "zh": ("新的AI助手会编造答案。", "助手{n}次给出错误的数字。"),
    },
}
WHAT = {
    "fr": ("tableaux de bord", "rapports mensuels", "factures", "exports"),
    "ja": ("ダッシュボード", "月次レポート", "請求書"),
    "zh": ("仪表板", "月度报告", "发票"),
}
#: First words of a post, and posts without a topic.
GREETINGS = {
    "en": ("Hi all.", "Hello community,", "Quick question.", ""),
    "de": ("Hallo zusammen.", "Kurze Frage.", ""),
    "es": ("Hola a todos.", "Una pregunta.", ""),
    "fr": ("Bonjour à tous.", "Petite question.", ""),
    "ja": ("こんにちは。", ""),
    "zh": ("大家好。", ""),
}
CHAT = {
    "en": ("See you at the user meeting next month!", "Thanks, that solved it.", "Who else is from Leeds?"),
    "de": ("Wir sehen uns beim Anwendertreffen!", "Danke, das war die Lösung.", "Wer kommt noch aus Kassel?"),
    "es": ("¡Nos vemos en la reunión de usuarios!", "Gracias, resuelto.", "¿Alguien más de Sevilla?"),
    "fr": ("Rendez-vous à la rencontre des utilisateurs !", "Merci, c'est résolu.", "Qui d'autre est de Lyon ?"),
    "ja": ("ユーザー会でお会いしましょう。", "ありがとうございます、解決しました。"),
    "zh": ("用户大会见！", "谢谢，问题解决了。"),
}

#: What people type into a field that they do not want to fill in.
NON_ANSWERS = {
    "en": ("n/a", "-", "no comment", "none", "nothing", ".", "No."),
    "de": ("-", "k.A.", "kein Kommentar", "keine", "nichts", ".", "Nein."),
    "es": ("-", "n/a", "sin comentarios", "ninguno", "nada", ".", "No."),
}

#: What was written down at advisory boards, interviews and visits: (where, topic, what was said).
BOARD = (
    (
        "advisory board",
        "assistant errors",
        "Two members will switch the AI assistant off until its figures can be trusted.",
    ),
    ("advisory board", "slow reports", "Month-end reports are slow for everybody with many subsidiaries."),
    ("advisory board", "offline mode", "Site teams want to work offline."),
    ("advisory board", "price", "The price rise was accepted, its timing was not."),
    ("interview", "integrations", "The ERP connector is looked after by one person who is about to retire."),
    ("interview", "onboarding help", "The kick-off workshop is what she would pay for again."),
    ("interview", "helpful people", "Knows her contact person by first name."),
    ("interview", "slow support", "Waits days for an answer and then calls a friend at Northgate."),
    ("site visit", "documentation", "A printed manual of 2022 lies on every desk."),
    ("site visit", "ease of use", "New colleagues learn the screens from each other in an hour."),
    ("site visit", "offline mode", "No reception in the cold store: they write on paper and type it in later."),
    ("site visit", "phone menu", "Has the way through the phone menu on a note beside the telephone."),
)
