"""Answers that answer nothing: "no comment", "n/a", "-", "keine", "なし"; and texts without a single word."""

from __future__ import annotations

import re

from cxlab.models.texts.cleaning import matching, visible, without_addresses

#: Longer texts say something.
_LONGEST = 80
_DASHES = re.compile(r"[\s.\-_/\\–—―－~・･*|,;:'\"()]*")
_LETTER = re.compile(r"[^\W\d_]")

#: In the form `cleaning.matching` gives, without accents' help: lower case, no punctuation. "|" parts whole answers.
_CORE = (
    # English
    "no|none|nothing|nope|nah|nil|null|nan|na|n a|no comment|no comments|no answer|no response|no reply|no feedback|"
    "no suggestion|no suggestions|no remarks|no idea|no opinion|no thank you|no thanks|not applicable|not sure|not "
    "available|nothing else|nothing more|nothing further|nothing really|nothing much|nothing to add|nothing else to "
    "add|nothing more to add|nothing further to add|nothing to say|nothing more to say|nothing else to say|nothing to "
    "report|nothing to comment|nothing comes to mind|absolutely nothing|not a thing|not much|not a lot|i don t think "
    "so|nothing to improve|nothing to change|nothing in particular|nothing specific|nothing special|no further "
    "comment|no further comments|no other comment|no other comments|no additional comments|no more comments|no "
    "comment to make|no comments to make|don t know|dont know|do not know|i don t know|i dont know|i do not know|idk|"
    "dunno|can t think of anything|cannot think of anything|not at the moment|not at this time|not really|prefer not "
    "to say|prefer not to answer|left blank|blank|empty|see above|as above|same as above|same|ditto|test|testing|asdf|"
    "asdfg|asdfgh|asdfghjkl|qwerty|qwertz|"
    # German
    "k a|ka|keine|keiner|keines|kein|nein|nichts|nix|nö|kein kommentar|keine kommentare|keine angabe|keine angaben|"
    "keine antwort|keine ahnung|keine meinung|keine anmerkung|keine anmerkungen|keine bemerkung|keine bemerkungen|"
    "keine anregungen|keine weiteren anmerkungen|keine vorschläge|keine wünsche|keine ergänzungen|keine idee|nichts "
    "hinzuzufügen|nichts zu ergänzen|nichts weiter|nichts besonderes|nicht zutreffend|entfällt|trifft nicht zu|weiß "
    "nicht|weiss nicht|weiß ich nicht|ich weiß nicht|siehe oben|s o|wie oben|fällt mir nichts ein|mir fällt nichts "
    "ein|im moment nicht|"
    # Spanish
    "nada|ninguno|ninguna|ningún|ningun comentario|ningún comentario|ninguna sugerencia|ninguna observación|sin "
    "comentario|sin comentarios|sin respuesta|sin opinión|sin novedad|sin sugerencias|sin observaciones|no aplica|no "
    "sé|no se|no lo sé|no sabe|no contesta|ns nc|nada más|nada mas|nada que añadir|nada que agregar|nada que decir|"
    "nada en especial|nada en particular|no tengo comentarios|no tengo|no hay|por el momento no|"
    # French
    "rien|non|aucun|aucune|aucun commentaire|aucune remarque|aucune idée|aucune suggestion|aucun avis|pas de "
    "commentaire|pas de commentaires|pas de remarque|pas de remarques|pas d avis|pas d idée|sans commentaire|sans "
    "objet|sans avis|sans opinion|sans réponse|ras|r a s|rien à signaler|rien a signaler|rien à dire|rien a dire|rien "
    "à ajouter|rien a ajouter|rien de plus|rien de particulier|rien de spécial|néant|neant|so|ne sait pas|nsp|je ne "
    "sais pas|je sais pas|sais pas|pas applicable|"
    # Italian, Portuguese
    "niente|nulla|nessuno|nessuna|nessun commento|nessun suggerimento|nessuna osservazione|niente da aggiungere|"
    "niente da dire|niente da segnalare|nulla da aggiungere|nulla da segnalare|non so|non lo so|senza commenti|nenhum|"
    "nenhuma|não|nao|nenhum comentário|nenhum comentario|sem comentário|sem comentários|sem comentarios|sem resposta|"
    "sem opinião|sem sugestões|nada a acrescentar|nada a declarar|nada a dizer|nada a comentar|não sei|nao sei|não se "
    "aplica|"
    # Dutch, Scandinavian, Finnish
    "geen|niets|niks|nee|nvt|n v t|geen commentaar|geen opmerking|geen opmerkingen|geen idee|geen mening|geen "
    "antwoord|geen suggesties|niets toe te voegen|niet van toepassing|weet niet|weet ik niet|nej|inget|ingenting|inga|"
    "ingen kommentar|inga kommentarer|inga synpunkter|inget att tillägga|vet ej|vet inte|ingen åsikt|nei|ingen|intet|"
    "intet at tilføje|ingen kommentarer|ikke noget|ikke relevant|ved ikke|vet ikke|ingenting å tilføye|ei|ei ole|ei "
    "mitään|ei kommentoitavaa|ei kommentteja|ei lisättävää|en tiedä|en osaa sanoa|"
    # Polish, Czech, Slovak, Hungarian, Romanian, Turkish
    "brak|brak uwag|brak komentarza|bez uwag|bez komentarza|nic|nie|nie dotyczy|nie mam|nie wiem|nie mam uwag|nic do "
    "dodania|ne|žádné|žádný|nic|bez komentáře|bez připomínek|nevím|neviem|žiadne|bez komentára|nincs|semmi|nem|nem "
    "tudom|nincs megjegyzés|nu|nimic|niciunul|fără comentarii|nu am|nu știu|nu este cazul|yok|hayır|hiçbir şey|yorum "
    "yok|bilmiyorum|hiçbiri|"
    # Russian, Ukrainian, Greek, Hebrew, Arabic, Hindi
    "нет|ничего|нету|без комментариев|нет комментариев|нет замечаний|не знаю|нечего добавить|ні|немає|нічого|без "
    "коментарів|όχι|τίποτα|κανένα|κανένα σχόλιο|δεν ξέρω|אין|לא|כלום|אין הערות|לא יודע|لا|لا شيء|لا يوجد|لا تعليق|لا "
    "أعرف|ليس لدي|नहीं|कुछ नहीं|कोई नहीं|कोई टिप्पणी नहीं|पता नहीं|"
    # Chinese, Japanese, Korean, Thai, Vietnamese, Indonesian
    "无|無|没有|沒有|没|沒|暂无|暫無|没了|沒了|无意见|無意見|没意见|沒意見|没有意见|沒有意見|无评论|没有评论|不知道|"
    "不清楚|不适用|不適用|没什么|沒什麼|没有了|暂时没有|暫時沒有|以上|同上|なし|無し|無|ナシ|ない|特になし|特に無し|"
    "特にない|とくになし|特になしです|特にありません|特にないです|とくにありません|ありません|ないです|該当なし|"
    "わからない|分からない|わかりません|分かりません|不明|なしです|コメントなし|同上|없음|없습니다|없어요|없다|특별히 "
    "없음|특별히없음|특별히 없습니다|딱히 없음|딱히없음|모름|모르겠음|모르겠습니다|해당 없음|해당없음|의견 없음|무|"
    "ไม่มี|ไม่ทราบ|ไม่มีความเห็น|ไม่มีครับ|ไม่มีค่ะ|không|không có|không có ý kiến|không biết|tidak ada|tidak|tidak "
    "tahu|tiada|"
    # A person's mark
    "x|xxx|xx"
)
#: Polite words and turns round a core that change nothing.
_AROUND = (
    "thank you|thanks|thank you very much|thx|sorry|please|really|at this time|at the moment|at present|for now|right "
    "now|so far|that i can think of|i can think of|i have|i ve|i ve got|there is|there are|to be honest|from me|from "
    "my side|all|at all|today|yet|currently|as of now|danke|vielen dank|leider|derzeit|zurzeit|im moment|momentan|"
    "bisher|sonst|weiter|habe ich|ich habe|von meiner seite|bitte|gracias|muchas gracias|por ahora|por el momento|de "
    "momento|hasta ahora|tengo|merci|pour le moment|pour l instant|à ce jour|à part ça|grazie|per ora|al momento|"
    "obrigado|obrigada|por enquanto|bedankt|dank u|op dit moment|tack|takk|tak|kiitos|dziękuję|спасибо|です|"
    "ございません|谢谢|謝謝|감사합니다"
)


def _one_of(words: str) -> str:
    return "|".join(sorted(map(re.escape, set(matching(part) for part in words.split("|"))), key=len, reverse=True))


_NON_ANSWER = re.compile(
    rf"(?:(?:{_one_of(_AROUND)}) )*(?:{_one_of(_CORE)})(?: (?:{_one_of(_AROUND)}|{_one_of(_CORE)}))*"
)


def why_unheard(text: str) -> str:
    """Why a text says nothing: "empty" (blanks), "non-answer", "no words" (no letter besides addresses and redaction's
    tokens), or "" where it says something.

    Non-answers are whole texts of a list in some thirty languages, with or without thanks around them; the language is
    not asked, since nobody can tell it of "no". Dashes, dots and slashes alone are one too.
    """
    if not visible(text):
        return "empty"
    if len(text) <= _LONGEST:
        core = matching(text)
        if not core and _DASHES.fullmatch(text):
            return "non-answer"
        if _NON_ANSWER.fullmatch(core):
            return "non-answer"
    return "" if _LETTER.search(without_addresses(text)) else "no words"
