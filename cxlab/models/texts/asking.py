"""What a part of a comment is meant as: a request, a complaint, praise, or a remark."""

from __future__ import annotations

import functools
import re

from cxlab.models.texts.cleaning import compatible
from cxlab.models.texts.tone import tone

#: More of a part is not read.
_READ = 2000

#: Forms of asking, by language: (patterns that ask wherever they stand). "~" stands for up to four words between.
_ASKING: dict[str, tuple[str, ...]] = {
    "en": (
        r"(?:please|pls|plz|kindly)~(?:add|make|allow|bring|include|provide|give|implement|let|enable|consider|"
        r"support|create|put|improve|introduce|offer|integrate|change|return|restore|show|send)",
        r"(?:it )?(?:would|wud|d|should|could)~(?:be|have been)~(?:great|nice|good|better|cool|awesome|perfect|"
        r"helpful|useful|lovely|appreciated|amazing|fantastic|ideal|excellent|nicer|wonderful|possible|able to)",
        r"would (?:also )?(?:help|benefit)(?: to| if)?",
        r"(?:would|d) (?:really |also |have )?(?:like|liked|love|loved|prefer|appreciate) (?:to|if|a|an|more|the "
        r"option|it if|some|see|it to)",
        r"wish(?:es)? (?:that |it |there |i |you |we |they |the |this |for )",
        r"(?:can|could|would|will) (?:you|u|we|someone|somebody)~(?:please|pls|add|make|allow|bring|include|provide|"
        r"give|implement|have|get|create|put|introduce)",
        r"(?:need|needs)~(?:an? option|a way|a widget|the ability|the option|feature|more|to add|to have|to include|"
        r"to be able|to allow)",
        r"(?:should|must|ought to)~(?:add|allow|include|provide|offer|have an? |let |be able|support|be an? "
        r"(?:option|way|feature)|be possible)",
        r"(?:add|adding|include|bring back|allow us|allow me|let us|give us|provide)~(?:option|options|feature|"
        r"features|support|ability|widget|possibility|mode|function)",
        r"suggestion|i suggest|(?:feature|my) request|(?:waiting for|hope(?:fully)?|hoping)~(?:add|adding|added|"
        r"include|included|feature|option|support|supported)",
        r"no (?:option|way|ability|possibility) (?:to|of|for)|(?:doesn t|does not|don t|do not|won t) (?:support|"
        r"allow|let me (?:choose|change|edit|set|add))|only thing (?:missing|i (?:miss|m missing)|lacking)|could do "
        r"with|not customi[sz]able|(?:can t|cannot|can not|unable to|wish i could) (?:edit|customi[sz]e|delete|"
        r"choose|add|change|export|set|adjust)",
        r"(?:could|can) use (?:a|an|some|more|better)|want(?:ed)? (?:to see|more|an? option)|why (?:not|don t you|"
        r"can t (?:you|we|i))~(?:add|have|make|include)|(?:only )?(?:thing )?(?:missing|lacks|lacking|lack) (?:is|a|"
        r"an|the|some|of)|if (?:only|you could|it could|we could|there (?:was|were|could))|^(?:add|include|allow|"
        r"bring back|give us|more|better|less|fewer|shorter|longer|cheaper|improve) ",
    ),
    "de": (
        r"bitte~(?:hinzufügen|ergänzen|einbauen|ändern|einführen|verbessern|nachrüsten|integrieren|anbieten|wieder|"
        r"um|fügen|ermöglichen|machen|bauen|geben|mehr)",
        r"(?:wäre|wären|fände|fänd)~(?:schön|gut|toll|super|prima|klasse|hilfreich|wünschenswert|besser|praktisch|"
        r"nett|cool|nützlich|sinnvoll|perfekt|möglich)",
        r"wünsch(?:e|en|te|ten|enswert|t)?\b|wunsch\b|würde~(?:freuen|wünschen|helfen|begrüßen|gerne)|(?:hätte|"
        r"hätten)~gern(?:e)?|(?:könnte|könnten|könnt|können) (?:man|ihr|sie|wir)|(?:sollte|sollten)~(?:geben|möglich|"
        r"können|werden|haben|sein)|es fehlt~(?:option|möglichkeit|funktion)|(?:brauche|brauchen|benötige|benötigen) "
        r"(?:wir |ich )?(?:eine|einen|mehr)|vorschlag|hoffe|hoffentlich|schön wär|^mehr |^weniger |^bessere ",
    ),
    "es": (
        r"por favor~(?:agreguen|agregar|añadan|añadir|pongan|poner|incluyan|incluir|hagan|mejoren|permitan|den|"
        r"ofrezcan|cambien)|(?:sería|seria|estaría|estaria)~(?:bueno|genial|bien|ideal|útil|mejor|excelente|"
        r"interesante|perfecto|conveniente|posible|fantástico)|ojal[aá]|me gustar[ií]a|nos gustar[ií]a|quisiera|"
        r"quisiéramos|desear[ií]a|(?:podr[ií]an|podr[ií]ais|pueden|podéis)~(?:agregar|añadir|poner|incluir|hacer|"
        r"mejorar|permitir|dar|ofrecer)|(?:deber[ií]an?|tendr[ií]an?)~(?:agregar|añadir|poner|incluir|permitir|haber|"
        r"tener|ser|ofrecer|mejorar)|(?:falta|faltan|faltar[ií]a|necesitamos|necesita)~(?:opción|función|modo|"
        r"posibilidad|más|una|un)|sugiero|sugerencia|espero que~(?:agreguen|añadan|mejoren|incluyan|pongan)|^más |"
        r"^mejor(?:ar|en) |^agreg(?:ar|uen) |^añad(?:ir|an) ",
    ),
    "fr": (
        r"(?:serait|seraient)~(?:bien|bon|génial|top|super|sympa|parfait|utile|appréciable|intéressant|mieux|cool|"
        r"souhaitable|possible|pratique|chouette|un plus|judicieux|agréable|idéal)|il faudrait|faudrait|(?:aimerais?|"
        r"aimerait|aimerions|souhaite|souhaiterais|souhaitons|souhaiterions|voudrais|voudrait|apprécierais)\b|"
        r"(?:pourriez|pouvez|pourrait|pourraient|peut)[ -](?:vous|on|il|ils)~(?:ajouter|mettre|faire|intégrer|"
        r"permettre|rajouter|proposer|avoir|prévoir)|(?:merci|svp|stp|s il vous pla[iî]t|veuillez)~(?:d |de |"
        r")(?:ajouter|rajouter|mettre|intégrer|permettre|proposer|prévoir|remettre|rajoutez|ajoutez|mettez|remettez|"
        r"faites)|(?:ajoutez|rajoutez|à rajouter|à ajouter|remettez|proposez|prévoyez)\b|(?:il )?(?:manque|manquent|"
        r"manquerait)(?: (?:juste|seulement|que|plus|encore|toujours|quelques))* (?:l|le|la|les|un|une|des|"
        r"certaines?)|pas d option|pas (?:la |de )?possibilité|ne permet pas|est il possible|amélior(?:er|ations?)|"
        r"(?:devrait|devraient|devriez)~(?:pouvoir|ajouter|être|avoir|permettre|proposer|mettre)|dommage (?:qu|que|"
        r"de ne|de pas)|espér(?:er|ons|ant)~(?:ajout|option|fonction|fonctionnalités?)|suggestion|pourquoi ne pas|"
        r"besoin d (?:une option|une fonction)|^moins de ",
    ),
    "it": (
        r"(?:sarebbe|sarebbero)~(?:bello|utile|meglio|ottimo|bene|comodo|perfetto|fantastico|ideale|possibile|carino|"
        r"interessante)|vorrei|mi piacerebbe|ci piacerebbe|(?:potreste|potete|potrebbero|si potrebbe|dovreste|"
        r"dovrebbe|dovrebbero)~(?:aggiungere|mettere|inserire|fare|permettere|migliorare|avere|esserci)|per "
        r"favore~(?:aggiungete|aggiungere|mettete|inserite|fate)|aggiungete|aggiungere|magari|spero|manca~(?:opzione|"
        r"funzione|possibilità|solo|una|un)|bisognerebbe|servirebbe|suggerisco|suggerimento|^più ",
    ),
    "pt": (
        r"(?:seria|seriam)~(?:bom|ótimo|legal|interessante|útil|melhor|ideal|perfeito|bacana|possível|excelente)|"
        r"gostaria|gostaríamos|(?:poderia|poderiam|podiam|podia|podem|deveria|deveriam)~(?:adicionar|colocar|incluir|"
        r"ter|haver|fazer|permitir|melhorar|acrescentar|ser)|por favor~(?:adicionem|adicionar|coloquem|colocar|"
        r"incluam|incluir|façam|melhorem)|falta~(?:opção|função|modo|possibilidade|uma|um|só)|tomara|espero que|"
        r"sugiro|sugestão|precisa(?:mos|va)? (?:de |ter )|^mais ",
    ),
    "nl": (
        r"(?:zou|zouden)~(?:fijn|mooi|handig|goed|leuk|beter|prettig|geweldig|top|welkom|willen|graag|mogen|kunnen|"
        r"moeten)|graag~(?:toevoegen|een|meer|de|willen|zien)|(?:kunnen|kan|kunt) (?:jullie|u|je|men)|wens\b|"
        r"hopelijk|ik hoop|(?:mis|ontbreekt|mist)~(?:optie|functie|mogelijkheid|een)|suggestie|aub~|alsjeblieft|"
        r"alstublieft|^meer |^minder |^betere ",
    ),
    "zh": (
        r"希望|建议|建議|能不能|能否|可不可以|可否|要是能|如果能|如果可以|最好能|最好可以|求(?:增加|添加|加入|更新|"
        r"支持)|请(?:增加|添加|加入|加上|改进|支持|开放|优化)|請(?:增加|添加|加入|加上|改進|支援|開放|優化)|"
        r"应该(?:增加|添加|加|有|可以)|應該(?:增加|加|有|可以)|期待|什么时候能|需要(?:增加|改进|添加|加)|想要|盼",
    ),
    "ja": (
        r"(?:て|で)(?:ほしい|欲しい|もらいたい|いただきたい|頂きたい|くれると|もらえると|いただけると|頂けると)|"
        r"(?:て|で)(?:ください|下さい)|(?:お願い|おねがい)(?:し|致|いた)|希望|要望|改善を|(?:ば|たら|と)(?:いい|良い|"
        r"よい|嬉しい|うれしい|助かり|ありがたい|最高|完璧)|があれば|があると|たい(?:です|。|$)|べき|期待",
    ),
}

#: What is complained of without a word of feeling: something does not do what it should.
_FAILING: dict[str, str] = {
    "en": (
        r"(?:not|doesn t|doesnt|don t|dont|can t|cant|cannot|couldn t|won t|wont|wouldn t|didn t|didnt|never|no "
        r"longer|isn t|not able to|unable to|fails? to|refuses to|stopped|keeps|failed to)~(?:work|working|works|"
        r"connect|connecting|sync|syncing|open|opening|load|loading|log|login|update|updating|pair|pairing|find|get|"
        r"use|see|show|showing|start|install|download|access|record|recording|count|counting|track|tracking|respond|"
        r"responding|answer|answered|arrive|arrived|save|register|recognize|recognise|detect|display|send|receive|"
        r"function|asking|saying|telling|disconnecting|change|set|let|turn|add|accept|measure)|no (?:response|reply|"
        r"answer|way|help|support)|since (?:the )?(?:last |latest |new |recent )?update|after (?:the )?(?:last |"
        r"latest |new |recent )?update|fix (?:it|this|the|that|your)|please fix|used to|what happened|(?:had|have) "
        r"to (?:re|wait|explain|call)|still (?:no|not|waiting)|waste of|too (?:long|many|much|slow|few|small|big|"
        r"late|far|noisy|hot|cold)|let down|not (?:enough|accurate|correct|happy|listen\w*|told|given|allowed|"
        r"possible)|won t let"
    ),
    "de": (
        r"(?:nicht|nie|kein|keine|keinen|ohne)~(?:funktioniert|geht|verbindet|verbinden|synchronisiert|"
        r"synchronisieren|öffnen|laden|möglich|erreichbar|angezeigt|gefunden|antwort|reaktion|rückmeldung|gelöst|"
        r"klappt|läuft)|(?:funktioniert|geht|klappt|läuft|verbindet)~(?:nicht|nie|nix)|seit dem (?:letzten |neuen "
        r")?update|nach dem (?:letzten )?update|stürzt~ab|bricht~ab|hängt|immer noch nicht|viel zu|zu (?:lange|"
        r"langsam|viele|spät|wenig|teuer|klein)|gewartet|musste"
    ),
    "es": (
        r"(?:no|ni|nunca|tampoco)~(?:funciona|funcionan|conecta|sincroniza|abre|carga|deja|puedo|puede|permite|"
        r"reconoce|responde|responden|contestan|actualiza|sirve|aparece|guarda|encuentra|detecta|registra|marca)|"
        r"desde la (?:última )?actualización|dejó de|sigue sin|se (?:cuelga|cierra|traba|desconecta|bloquea)|"
        r"demasiad[oa]s?|muy (?:lento|caro|tarde)|tard[óao]n?"
    ),
    "fr": (
        r"(?:ne|n|pas|plus|jamais|impossible)~(?:fonctionne|fonctionnent|marche|marchent|synchronise|connecte|ouvre|"
        r"charge|arrive|peux|peut|trouve|reconnaît|répond|affiche|enregistre|démarre|lance|installe|permet|détecte|"
        r"compte|connecter|synchroniser|ouvrir|utiliser|installer|accéder|télécharger|appairer|associer)|"
        r"(?:fonctionne|marche|synchronise|connecte|ouvre|charge|répond)~(?:pas|plus|jamais|mal)|(?:depuis|suite|"
        r"après)~(?:mise à jour|maj|mise a jour|update)|ne~(?:plus|pas)~(?:rien|accès|accéder)|bug|plantage|plante|"
        r"se (?:déconnecte|bloque|ferme|coupe)|sans cesse|toujours pas|trop (?:long|lent|cher|de|compliqué|petit)|"
        r"aucune réponse|obligé de|n est plus|perte de"
    ),
    "it": (
        r"non~(?:funziona|funzionano|si connette|sincronizza|apre|carica|riesco|riesce|permette|trova|risponde|"
        r"rispondono|va|parte|legge|rileva|aggiorna|registra)|(?:dopo|dall)~(?:aggiornamento)|si (?:blocca|chiude|"
        r"disconnette)|troppo|ancora nessun|smesso di"
    ),
    "pt": (
        r"(?:não|nao|nunca)~(?:funciona|conecta|sincroniza|abre|carrega|consigo|consegue|deixa|permite|encontra|"
        r"responde|atualiza|reconhece|registra|aparece)|(?:depois|desde|após)~(?:atualização)|parou de|trava|demais|"
        r"muito (?:lento|caro)|ainda não"
    ),
    "nl": (
        r"(?:niet|nooit|geen)~(?:werkt|verbinden|verbinding|synchroniseert|openen|laden|mogelijk|bereikbaar|reactie|"
        r"antwoord)|(?:werkt|verbindt|synchroniseert|opent|gaat|doet)~niet|sinds de (?:laatste )?update|na de "
        r"(?:laatste )?update|nog steeds|te (?:lang|traag|duur|laat|veel|weinig)|loopt vast"
    ),
    "zh": (
        r"不了|无法|無法|不能(?!不)|不上|不到|没反应|沒反應|没有反应|总是(?:断|掉|闪|卡)|更新(?:后|之后|以后)|"
        r"一直(?:断|连不|不)|打不开|连不|连接不|收不到"
    ),
    "ja": (
        r"(?:できない|出来ない|できません|できなく|出来なく|されない|されません|しない$|しません|動かない|"
        r"つながらない|繋がらない|開けない|使えない|表示されな)|アップデート(?:後|して|したら|から)|なくなっ|(?:て|"
        r"で)しまう|すぎる|過ぎる"
    ),
}

#: To have something repaired is asked for, but it is a complaint.
_REPAIR = re.compile(
    r"(?<!\w)(?:fix\w*|repair\w*|resolve|solve|correct it|beheb\w*|reparier\w*|fehler|arregl\w*|solucion\w*|"
    r"corrij\w*|régl\w*|regler|corrig\w*|correctif|réparer|résoudre|bugs?|risol\w*|corregg\w*|consert\w*|oplossen|"
    r"repareren)(?!\w)|修复|修復|解决|解決|直し"
)
_BY_CHARACTERS = frozenset({"zh", "ja"})
_NO_WORD = re.compile(r"[\W_]+")


def asks(text: str, language: str = "") -> bool:
    """True if a part of a comment asks for something: "please add", "wäre schön", "il faudrait", "希望".

    By forms of asking in nine languages; a text in no known language is tried with all in Latin letters. That something
    is missing counts too ("il manque ...", "no way to ..."), since it is asked for politely.
    """
    return _finds("asking", text, language)


def kind_of(text: str, language: str = "") -> str:
    """What a part of a comment is: "request", "complaint", "praise" or "remark", the first that holds.

    A request by its form (`asks`), unless it is to repair something. A complaint by its tone, or where something is
    said not to do what it should.
    """
    if asks(text, language) and not _REPAIR.search(compatible(text[:_READ])):
        return "request"
    feeling = tone(text, language)
    if feeling < 0 or _finds("failing", text, language):
        return "complaint"
    return "praise" if feeling > 0 else "remark"


def _finds(which: str, text: str, language: str) -> bool:
    text = compatible(text[:_READ])
    if language in _BY_CHARACTERS:
        return bool(_pattern(which, language).search(text))
    words = _NO_WORD.sub(" ", text).strip()
    among = (language,) if language in _ASKING else tuple(code for code in _ASKING if code not in _BY_CHARACTERS)
    return any(_pattern(which, code).search(words) for code in among)


@functools.cache
def _pattern(which: str, language: str) -> re.Pattern[str]:
    """The patterns of a language as one; but in Chinese and Japanese they begin and end with whole words."""
    forms = (*_ASKING[language],) if which == "asking" else (_FAILING[language],)
    if language in _BY_CHARACTERS:
        return re.compile("|".join(forms))
    joined = "|".join(forms).replace("~", r"(?: \w+){0,4}? ")
    return re.compile(rf"(?<!\w)(?:{joined})(?:(?<= )|(?!\w))")
