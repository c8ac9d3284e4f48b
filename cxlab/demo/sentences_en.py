"""English sentences about the topics of the sample company: patterns and words they share, see `phrases`."""

from __future__ import annotations

#: Topic -> name of a slot -> its words.
WORDS: dict[str, dict[str, str]] = {
    "slow support": {
        "desk": "support|the support team|the help desk|your support people|customer support",
        "answer": "an answer|a reply|a first reply|any reaction",
        "ticket": "our ticket|a ticket|a simple ticket|an urgent ticket|our last ticket",
        "long": "far too long|much too slow|days and days|longer every month|a whole week",
    },
    "price": {
        "licence": "licences|user licences|the licences|extra licences|our licences",
        "price": "price|current price|cost|yearly cost|new price",
        "budget": "our budget|a small budget|this year's budget|our yearly budget|the budget we have",
        "dear": "too high|far too high|much too high|very high|hard to justify",
    },
    "slow reports": {
        "report": "reports|our reports|the monthly reports|the big reports|reports with {what}",
        "load": "to load|to open|to refresh|to finish loading",
        "when": "at month end|at the end of the month|with much data|with a year of data|at the end of the quarter",
        "slow": "too slow|far too slow|painfully slow|very slow|slower every month",
    },
    "integrations": {
        "erp": "ERP|CRM|ERP system|CRM system|ERP and CRM",
        "tie": "connector|integration|sync|API connector|API integration",
        "breaks": "breaks|fails|stops syncing|loses records|drops records",
        "when": "after every update|without a warning|again and again|at night|once a month",
    },
    "assistant errors": {
        "bot": "AI assistant|new AI assistant|AI chatbot|assistant|new assistant",
        "things": "answers|figures|numbers|dates|results",
        "wrong": "wrong|made up|invented|simply false|often wrong",
        "when": "about our stock|about deadlines|about our orders|about last month|about delivery dates",
    },
    "phone menu": {
        "phone": "phone menu|telephone menu|voice menu on the phone|menu on the telephone|automatic phone menu",
        "person": (
            "before a person picks up|before you are put through|before you reach anybody|"
            "and then hold music|until somebody picks up"
        ),
        "press": "buttons to press|options|levels|keys to press|spoken options",
    },
    "documentation": {
        "docs": "documentation|online documentation|manual|documentation and manual|knowledge base",
        "page": "a page|an article|a help page|a chapter|a description",
        "on": "approvals|user roles|exports|templates|archiving|notifications",
        "use": "I looked up|I read|we printed|we keep a link to|we found",
    },
    "onboarding help": {
        "team": "onboarding team|onboarding coach|onboarding workshop|onboarding guide|onboarding plan",
        "set": "our set-up|the set-up|the first set-up|the whole set-up|the technical set-up",
        "well": "smoothly|very well|step by step|without a hitch|as planned",
        "did": "prepared|explained|supported|accompanied|planned",
    },
    "ease of use": {
        "screen": "screens|screens and forms|new screens|main screens|screens of the product",
        "easy": "easy|simple|intuitive|very easy|really simple",
        "learn": "to learn|to use|to understand|to get used to|to work with",
        "who": "new colleagues|all colleagues|our colleagues|younger colleagues|colleagues of any age",
    },
    "helpful people": {
        "person": "contact person|account manager|consultant|contact|adviser",
        "kind": "friendly|kind|warm|very friendly",
        "able": "competent|attentive|patient|helpful",
        "does": "really listens|knows our business|cares about us|takes time for us|is always there for us",
        "people": (
            "your people are|everybody we deal with is|the people on your side are|your colleagues are|our contacts are"
        ),
    },
}

#: Topic -> patterns.
PATTERNS: dict[str, tuple[str, ...]] = {
    "slow support": (
        "<desk> [took|needed] {n} days to [answer|reply to|react to|look at] <ticket>",
        "we waited {n} days for <answer> from <desk> [about|on] <ticket>",
        "[waiting|having to wait] for <answer> from <desk> [about|on] <ticket> takes <long>",
        "[getting|it is slow to get] <answer> to <ticket> from <desk>, we [waited|were kept waiting] {n} days",
        "<desk> is slow, <answer> to <ticket> takes <long>",
        "after {n} days <desk> [has not given us|has not sent us|still owes us] <answer> to <ticket>",
        "<ticket> [stays open|lies|waits] with <desk> for <long> without <answer>",
        "we keep asking <desk> for <answer> to <ticket>, it takes {n} days",
    ),
    "price": (
        "the <price> of <licence> [went up|rose|was raised] by {n} % and is <dear> [for|with] <budget>",
        "the <price> of <licence> is <dear> [for|with] <budget>",
        "we [pay|have to pay|are asked] too much for <licence>, the <price> is <dear>",
        "{n} % more for <licence> is too expensive, the <price> is <dear> [for|with] <budget>",
        "[after|with|since] the price increase of {n} % <licence> cost too much, the <price> is <dear> with <budget>",
        "<licence> became too expensive, the <price> is <dear> [for|with] <budget>",
        "compared with others the <price> of <licence> is <dear> [for|with] <budget>",
        "too expensive: the <price> of <licence> is <dear> [for|with] <budget>",
    ),
    "slow reports": (
        "loading {what} <when> takes {n} minutes, <report> are <slow>",
        "<report> take {n} minutes <load> <when>, they are <slow>",
        "<report> are <slow> <load> <when>",
        "<report> load slowly <when>, [then time out|they time out|and often time out]",
        "it takes {n} minutes for <report> <load> <when>",
        "<when> <report> are <slow>, {n} minutes of loading",
        "slow loading <when>: <report> need {n} minutes or time out",
        "<report> time out <when>, they are <slow> <load>",
    ),
    "integrations": (
        "the <tie> [with|between you and|to] our <erp> <breaks> every {n} weeks",
        "the <tie> [with|to] our <erp> <breaks> <when>",
        "<when> the <tie> [with|to] our <erp> <breaks>",
        "our <erp> <tie> <breaks> <when>, {n} times this quarter",
        "we had to build the <tie> [with|to] our <erp> ourselves, it <breaks> <when>",
        "syncing records [with|to] our <erp> is unreliable, the <tie> <breaks> <when>",
        "{n} times the <tie> to our <erp> needed repair, it <breaks> <when>",
        "single sign-on and the <tie> [with|to] our <erp> needed {n} attempts, now it <breaks> <when>",
    ),
    "assistant errors": (
        "the <bot> makes up <things> <when>, nobody can trust the AI",
        "the <bot> gave us wrong <things> <when> {n} times, the AI cannot be trusted",
        "the <things> of the <bot> <when> are <wrong>, we cannot trust the AI",
        "we cannot trust the AI, <things> <when> from the <bot> are <wrong>",
        "after {n} wrong <things> <when> nobody trusts the <bot> and its AI",
        "the <bot> invents <things> <when>, the AI needs checking",
        "we check all <things> <when> of the AI, {n} from the <bot> were <wrong>",
        "please switch off the <bot>, the AI gives <things> <when> that are <wrong>",
    ),
    "phone menu": (
        "the <phone> has {n} <press> <person>",
        "you press {n} [buttons|keys] in the <phone> <person>",
        "the <phone> [reads out|offers|repeats] too many <press> <person>",
        "with {n} <press> the <phone> [goes on and on|drags on] <person>",
        "the <phone> wants {n} [buttons|keys] pressed <person>",
        "none of the <press> fit, the <phone> goes on <person>",
        "I know the <phone> by heart, {n} <press> <person>",
        "the <phone> is only in one language, {n} <press> <person>",
    ),
    "documentation": (
        "<use> <page> on <on> in the <docs>",
        "the <docs> has <page> on <on>, updated {n} weeks ago",
        "there is <page> on <on> in the <docs>, [I looked it up|we printed it|I read it] {n} weeks ago",
        "the <docs> has {n} [pages|articles|help pages] on <on>",
        "in the <docs> <use> <page> on <on>",
        "the <docs>, with <page> on <on>, was updated {n} weeks ago",
        "on <on> <use> {n} [pages|articles|help pages] in the <docs>",
        "<page> on <on> in the <docs> shows the last release, so do {n} others",
    ),
    "onboarding help": (
        "the <team> <did> <set> <well>, it took {n} weeks",
        "[thanks to|with] your <team> <set> went <well> and we were running in {n} weeks",
        "your <team> <did> <set> <well>",
        "after {n} weeks of onboarding we were running, the <team> <did> <set> <well>",
        "from the kick-off [on|to the first day] your <team> <did> <set> <well>",
        "<set> went <well> because the <team> <did> it all",
        "from the kick-off the <team> <did> <set> <well>, {n} weeks in all",
        "a good onboarding: <set> went <well>, the <team> <did> everything",
    ),
    "ease of use": (
        "the <screen> [look|feel] clear, <easy> <learn> for <who>",
        "<who> find the <screen> <easy> <learn>, {n} clicks are enough",
        "it is <easy> <learn>, <who> find the <screen> clear",
        "clear <screen>, <easy> <learn> for <who>",
        "clear <screen>, {n} clicks and it is done, <easy> <learn> for <who>",
        "<easy> <learn>: {n} clicks on clear <screen> are enough for <who>",
        "<who> find the <screen> clear, simple and <easy> <learn>",
        "using the <screen> is <easy>, <who> find them clear and <easy> <learn>",
    ),
    "helpful people": (
        "our <person> is <kind>, <able> and <does>",
        "our <kind> <person> called back within {n} hours and <does>",
        "<people> <kind> and <able>, our <person> <does>",
        "[thanks to|we like|a compliment to] our <kind> <person> who <does>",
        "<kind> and <able>: our <person> <does>",
        "our <kind> <person> calls us every {n} weeks and <does>",
        "<people> <kind>, above all our <person> who <does>",
        "our <person> <does>, <kind> and <able> as ever",
    ),
}
