"""What general lists of stop words get wrong for customers' comments, by language."""

from __future__ import annotations


def _sets(words: dict[str, str]) -> dict[str, frozenset[str]]:
    return {language: frozenset(text.split()) for language, text in words.items()}


#: On the general lists (stopwords-iso), yet what a comment may be about: these are kept as words.
THEMES = _sets(
    {
        "en": (
            "area areas available bill billing changes click computer copy early help homepage information interest "
            "keys late length line lines long member members move number numbers open opened opening opens order "
            "ordered ordering orders page pages parking place places problem problems promptly quickly research room "
            "rooms section sections side site sites state states stop system systems test tests text texts useful "
            "value vols website webpage work worked working works empty face faces group groups mail name names "
            "update face"
        ),
        "de": "mensch menschen mittel ordnung startseite suche tag tage tagen zeit offen lang lange früher",
        "fr": (
            "cher chers chère chères essai ouvert ouverte ouverts ouvertes parole personne personnes pièce retour "
            "valeur tardive vite stop effet"
        ),
        "es": "cuenta empleo horas lugar tarde tiempo trabajo trabajar trabaja trabajan valor tarda tardan lejos",
        "it": "lavoro posto tempo ore luogo persone persona titolo",
        "pt": "apoio caminho custa falta grupo hora horas ligado local lugar nome noite número obra pessoas questão "
        "sistema tarde tempo trabalho trabalhar valor viagem",
        "nl": "klaar tijd uur",
        "zh": "打 月 年 日 时候",
        "ja": "",
        "ko": "시간",
    }
)

#: Not on them, yet said in every survey whatever it is about.
FILLER = _sets(
    {
        "en": (
            "also anything bit bits cant couldnt didnt doesnt dont etc everything everytime guys hi im isnt ive just "
            "lot lots many much nothing pls plz please really stuff thank thanks thankyou thats theyre thing things "
            "thx us very wasnt wont wouldnt youre yes yeah one two three within without"
        ),
        "de": (
            "bitte bzw danke eben einfach euch evtl fast halt hallo ja klar leider mal man nie oft sehr sogar usw "
            "vielen ziemlich zudem immerhin insgesamt nur etwas tun tut denke finde"
        ),
        "es": (
            "además así aun aún aunque gracias hola muy mas más porque siempre si sí sólo solo tan todas todo todos "
            "usted ustedes bastante demasiado nunca"
        ),
        "fr": (
            "bonjour car ça c'est cela j'ai d'un d'une merci n'est qu'il qu'on svp très trop tres vraiment peu "
            "jamais toujours l'on n'y s'il aucun fait faire"
        ),
        "it": (
            "anche così grazie molto molta molti molte più perché però proprio sempre solo tutto tutti tutta troppo "
            "mai ciao"
        ),
        "pt": (
            "além assim bem mais muito muita muitos obrigado obrigada olá porque sempre só também tudo todos demais "
            "nunca"
        ),
        "nl": "alles bedankt erg graag hallo heel helaas hele ja nee nooit te veel wel zeer zo altijd",
        "pl": "bardzo dziękuję jest się nie to tak też już dla",
        "sv": "mycket tack väldigt alltid också bara",
        "zh": (
            "的 了 很 太 都 也 就 还 又 非常 特别 比较 真的 有点 一点 一下 吧 吗 呢 啊 没 没有 不 是 我 你 他 她 它 "
            "们 个 这 那 請 谢谢 謝謝 這 個 們 還 沒 沒有 會 讓 為 說 來 對 過 後 與 從 給 麼 什麼 嗎 時 一個 這個 "
            "那個 可以 应该 應該 比較 真的 這樣 有點 一點 希望 感覺 感觉 觉得 覺得 啦 哦 嘛 呀 得 能 会 要 想 再 被 "
            "把 和 在 有"
        ),
        "ja": (
            "の に は を が と で も へ や か ね よ な だ た て し い う る れ ん です ます でした ました ません "
            "ない とても すごく かなり すぎ すぎる 少し もう まだ もっと いつも 本当に ください 下さい ほしい 欲しい "
            "たい 思い 思う ので から けど が、 しまう しまい いる いただき いただい いただける お ご こと もの さん "
            "あり ありがとう ございます なり なる でき できる って という ため まで より それ これ あれ その この "
            "そして しかし また 人 時 方 私 自分 点 感じ"
        ),
        "ko": (
            "그리고 하지만 너무 매우 정말 아주 좀 더 수 것 등 때 잘 있습니다 합니다 입니다 해주세요 주세요 "
            "감사합니다 있어요 좋겠어요"
        ),
        "th": "ค่ะ ครับ มาก ๆ นะ คะ จะ ได้ ให้ ที่ และ แต่ ก็ มี เป็น ไม่",
        "ru": "очень это спасибо просто ещё всё",
    }
)

#: ISO 639-1 code of every language for which snowballstemmer has rules, and their name.
STEMMERS = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "fi": "finnish",
    "fr": "french",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nl": "dutch",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}
