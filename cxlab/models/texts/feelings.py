"""Words of feeling in nine languages, written for comments of customers. "*" stands for any ending.

`JUDGING` words only judge ("great", "schlimm"): a comment of nothing else has no theme. `TELLING` words judge and name
something as well ("slow", "freundlich"). `AROUND` words strengthen, or mean the whole of it ("everything", "the app").
"""

from __future__ import annotations

#: language -> (good, bad)
JUDGING: dict[str, tuple[str, str]] = {
    "en": (
        "good great excellent exellent excelent exceptional outstanding amazing amazed awesome fantastic fab "
        "fabulous perfect perfectly perfection wonderful wonderfully brilliant brilliantly superb super lovely nice "
        "nicely fine ok okay okey alright happy happily satisfied satisfactory satisfaction satisfying pleased "
        "pleasant pleasing pleasure delighted delightful glad love loved loving loves lovin like liked likes best "
        "cool top terrific impressive impressed marvellous marvelous magnificent splendid enjoy enjoyed enjoyable "
        "enjoying recommend recommended faultless flawless flawlessly spotless wow yay bravo congratulations "
        "congrats kudos incredible incredibly phenomenal decent solid useful thankful grateful appreciate "
        "appreciated favourite favorite gr8 luv thumbs fun well superior",
        "bad badly terrible terribly horrible horribly awful awfully poor poorly worst worse disappointing "
        "disappointed disappointment disappoint disgusting disgusted disgrace disgraceful useless hate hated hates "
        "dislike disliked rubbish crap crappy garbage trash sucks suck sucked pathetic unacceptable annoyed annoying "
        "annoys frustrating frustrated frustration unhappy dissatisfied shocking dreadful appalling abysmal "
        "atrocious horrendous joke ridiculous mediocre unimpressed unsatisfied unsatisfactory pointless worthless "
        "shame shameful sad sadly angry furious upset inadequate lousy stupid hopeless nightmare substandard ugh meh",
    ),
    "de": (
        "gut gute guter gutes guten bestens beste bester bestes besten super toll* klasse prima spitze top "
        "hervorragend* ausgezeichnet* exzellent* perfekt* wunderbar* großartig* genial* fantastisch* einwandfrei* "
        "tadellos* zufrieden* begeistert* glücklich* schön* okay ok gern gerne liebe lieben mag empfehl* "
        "weiterempfehl* lob ordnung solide* passt cool sehrgut tiptop erfreulich* angenehm* freut mega gefällt "
        "nützlich* optimal*",
        "schlecht* schlimm* furchtbar* schrecklich* miserabel* mies* katastroph* enttäusch* unzufrieden* mangelhaft* "
        "ungenügend* inakzeptabel* frustrier* ärger* ärgerlich* nervig* nervt unmöglich* schade traurig* peinlich* "
        "grauenhaft* unterirdisch* schrott müll nutzlos* unbrauchbar* sinnlos* frechheit scheiße scheisse "
        "mittelmäßig* lächerlich*",
    ),
    "es": (
        "bien bueno buena buenos buenas buen buenisim* buenísim* excelent* genial* perfect* fantástic* fantastic* "
        "maravillos* estupend* increíble* magnífic* magnific* fenomenal* espectacular* content* satisfech* encant* "
        "feliz felices gusta gustó recomend* mejor mejores ideal* agradable* súper super ok correcto correcta bonit* "
        "top cool útil* aceptable* gran grande lindo linda",
        "mal mala malo malos malas malísim* pésim* pesim* horrible* terrible* fatal* decepcion* decepción "
        "decepciona* insatisfech* frustrant* inaceptable* desastr* lamentable* vergüenza basura inútil* peor peores "
        "deficient* descontent* asco porquería triste* ridícul* molest* enfad* mediocre*",
    ),
    "fr": (
        "bien bon bonne bons bonnes excellent* parfait* super génial* genial* top formidable* magnifique* merveill* "
        "extraordinaire* content* satisf* ravi* heureu* adore* aime aimé recommand* meilleur* agréable* sympa* "
        "impeccable* nickel bravo cool ok fantastique* superbe* incroyable* correct* remarquable* plaisir utile* "
        "épatant* chouette* félicitations",
        "mauvais* nul nuls nulle nulles horrible* terrible* déçu* decu* décev* déception pire lamentable* catastroph* "
        "insatisf* mécontent* inadmissible* inacceptable* frustr* dommage honte honteu* minable* médiocre* décevante* "
        "pourri* merde inutile* pénible* énervant* agaçant* triste* ridicule* scandaleu* insupportable*",
    ),
    "it": (
        "bene buono buona buoni buone ottim* eccellent* perfett* fantastic* meraviglios* bravissim* splendid* "
        "content* soddisf* felic* adoro piace consiglio consigli* migliore bell* super top ok magnific* eccezional* "
        "stupend* grande utile piacevol* bravo bravi",
        "male malissimo pessim* orribil* terribil* delus* deludent* insoddisf* scars* schifo peggior* peggio "
        "inaccettabil* frustrant* disastr* vergogn* inutil* triste ridicol* mediocr* brutt* scandalos*",
    ),
    "pt": (
        "bom boa bons boas bem ótim* otim* excelent* perfeit* fantástic* maravilhos* incrível incríveis content* "
        "satisfeit* feliz felizes adoro adorei amo amei gosto gostei recomendo melhor melhores super top ok legal "
        "espetacular* agradável ideal útil show parabéns muitobom",
        "mau má maus ruim ruins péssim* pessim* horrível terrível horríve* decepcion* desilud* desapont* "
        "insatisfeit* pior piores inaceitável frustrant* lixo desastr* vergonha inútil triste lamentável medíocre "
        "ridícul* porcaria",
    ),
    "nl": (
        "goed goede prima uitstekend* perfect* geweldig* fantastisch* top super mooi* fijn* tevreden blij leuk* "
        "lekker ok oké oke heerlijk* best beste aanrader aanbevelen uitmuntend* voortreffelijk* keurig* netjes "
        "nuttig* mooie gaaf",
        "slecht* vreselijk* verschrikkelijk* waardeloos waardeloze teleurgesteld* teleurstell* ontevreden "
        "belachelijk* onacceptabel* frustrer* jammer rampzalig* ramp matig* schandalig* schande irritant* nutteloos "
        "droevig* dramatisch*",
    ),
    "zh": (
        "好 很好 不错 不錯 满意 滿意 棒 赞 讚 喜欢 喜歡 优秀 優秀 完美 很棒 推荐 推薦 太好了 挺好 还好 還好 还行 "
        "還行 可以 超赞 厉害 厲害 给力 值得 开心 開心 强大 很强 nice good ok 好评 好評 好用",
        "差 很差 差劲 差勁 垃圾 糟糕 失望 不满 不滿 难用 難用 烂 爛 恶心 噁心 生气 生氣 郁闷 無語 无语 坑 差评 差評 "
        "糟 讨厌 討厭 气死 太烂 一般般",
    ),
    "ja": (
        "良い 良く よい 良かった よかった いい 最高 素晴らし すばらし 満足 好き 嬉し うれし 気に入 便利 ありがと "
        "感謝 完璧 楽しい 楽しく おすすめ オススメ 良好 優れ 快適 問題ない 問題なし 助かる 助かり 神アプリ",
        "悪い 悪く 最悪 ひどい 酷い 残念 不満 がっかり 嫌い 嫌だ 最低 イライラ いらいら ダメ だめ 駄目 困る 困り "
        "困って クソ ゴミ 使えない 不便 不快 腹立",
    ),
}

#: language -> (good, bad): a theme is named along with the judgement.
TELLING: dict[str, tuple[str, str]] = {
    "en": (
        "friendly helpful helped helps caring kind polite professional clean fast quick quickly prompt easy easily "
        "simple intuitive reliable accurate efficient smooth smoothly comfortable convenient responsive "
        "knowledgeable works worked working attentive supportive reassuring patient safe affordable fair motivating "
        "motivates interesting improved welcoming courteous informative handy clear clearly fixed solved resolved",
        "slow slowly rude dirty expensive overpriced pricey broken breaks broke crash crashes crashed crashing bug "
        "bugs buggy error errors fail fails failed failing failure problem problems issue issues late delay delays "
        "delayed lost lose loses losing difficult hard complicated confusing unreliable inaccurate incorrect wrong "
        "stuck stops stopped freeze freezes frozen unhelpful unable cannot waste wasted missing lacks lacking noisy "
        "cold unfriendly waited refuses refused disconnects disconnecting disconnected laggy lag glitch glitches "
        "glitchy drains impossible complaint complaints fault faulty uninstall uninstalled uninstalling "
        "unprofessional impolite ignored misleading pain painful unfair unsafe unusable impersonal understaffed "
        "inconsistent unclear crowded cramped uncomfortable broken reset crashed disconnect hangs hung glitching "
        "uncooperative unresponsive",
    ),
    "de": (
        "freundlich* hilfreich* hilfsbereit* kompetent* schnell* einfach* zuverlässig* sauber* intuitiv* "
        "übersichtlich* genau* praktisch* funktioniert läuft nett* professionell* günstig* bequem* rund startklar "
        "gelöst leicht",
        "langsam* teuer teure* unfreundlich* fehler* problem* absturz abstürze abgestürzt kaputt* defekt* kompliziert* "
        "umständlich* unübersichtlich* unzuverlässig* zäh* verspät* verzöger* schwierig* dreckig* schmutzig* ungenau* "
        "überteuert* verloren mühsam* fehlt fehlen bricht brechen wartezeit* quälend* mangel* unverständlich* bug bugs",
    ),
    "es": (
        "amable* rápid* rapid* fácil* facil* sencill* útil* limpi* profesional* eficient* eficaz fiable* intuitiv* "
        "claro clara claros claras preciso práctic* funciona ayudó económic* cómod* fluid* resuelto atent*",
        "lent* lentísim* caro cara caros caras error* problema* fallo* falla* fallan difícil* dificil* complicad* "
        "suci* tarda* demora* retras* rot* roto imposible* cuelga* cuelgan cierra pierde pierden perdid* falta "
        "faltan grosero* maleducad* confus* ruido* ruidos* bug bugs costos*",
    ),
    "fr": (
        "aimable* gentil* rapide* rapidement facile* simple* propre* efficace* professionnel* fiable* pratique* "
        "intuitif* intuitive* clair* complet* complète* précis* fonctionne marche souriant* serviable* compétent* "
        "motivant* intéressant* ludique* économique* accueillant*",
        "lent* cher chers chère* erreur* problème* probleme* bug* bogue* panne* plante* planté* difficile* compliqu* "
        "sale* retard* cassé* impossible* perd perdu* manque* impoli* désagréable* défaillan* instable* refuse* "
        "bloqu* dysfonction* déconnect* ralenti* faux imprécis* bruyant* désinstall* obligé* marre",
    ),
    "it": (
        "gentil* cordial* rapid* veloc* facil* semplic* pulit* efficient* affidabil* intuitiv* chiar* comod* "
        "professional* funziona pratic* disponibil* puntual* precis*",
        "lent* car* error* problem* difficil* complicat* sporc* ritard* rott* impossibil* manca mancano mancanza "
        "guast* blocca* crash* maleducat* confus* rumoros* bug costos* perde perso",
    ),
    "pt": (
        "simpátic* gentil rápid* fácil fáceis simples limp* eficient* confiável prático prática funciona funcionou "
        "claro clara profissional* atencios* intuitiv* completo completa preciso",
        "lent* caro cara caros caras erro* problema* falha* bug* difícil difíceis complicad* sujo suja atras* demora* "
        "quebrad* impossível trava* travando perd* falta faltam cai confus* barulh* instável grosseir*",
    ),
    "nl": (
        "vriendelijk* behulpzaam snel* makkelijk* eenvoudig* schoon betrouwbaar handig* duidelijk* werkt deskundig* "
        "efficiënt* professioneel* overzichtelijk* nauwkeurig* aardig* gemakkelijk*",
        "traag trage langzaam duur dure fout* probleem problemen kapot moeilijk* ingewikkeld* vies vieze laat "
        "vertraging* onvriendelijk* onduidelijk* onbetrouwbaar storing* crasht vastloop* lang* mist ontbreekt "
        "verloren bug bugs",
    ),
    "zh": (
        "方便 快速 简单 簡單 热情 熱情 干净 乾淨 准确 準確 耐心 专业 專業 流畅 流暢 稳定 稳定 及时 便宜 实用 實用 "
        "清楚 友好",
        "慢 贵 貴 闪退 閃退 卡顿 卡頓 卡死 崩溃 崩潰 错误 錯誤 问题 問題 故障 坏 壞 失败 失敗 不准 不準 无法 無法 "
        "不能 复杂 複雜 脏 髒 冷淡 断开 丢失 连不上 連不上 打不开 打不開 耗电 bug BUG 太久 不稳定 缺少 打不开 登不上",
    ),
    "ja": (
        "早い 速い 丁寧 親切 簡単 使いやすい 分かりやすい わかりやすい 正確 安い きれい 綺麗 清潔 安定 見やすい 役立 "
        "役に立",
        "遅い 遅く 高すぎ 高い エラー 不具合 バグ 落ちる 落ちて 故障 壊れ 難しい 使いにくい 使いづらい 分かりにくい "
        "わかりにくい 不正確 汚い 失敗 できない 出来ない できません 繋がらない つながらない 消え フリーズ 重い 面倒 "
        "不安定 おかしい 動かない 問題",
    ),
}

#: Words around a judgement that name nothing: they strengthen or weaken it, or mean the whole.
AROUND: dict[str, str] = {
    "en": (
        "very really so too quite pretty extremely absolutely totally truly highly completely overall generally "
        "always everything all everyone everybody whole job work app apps application product products company "
        "experience experiences thing things choice stuff ever far keep continue stars star rating day days year "
        "years much many lot lots bit simply just definitely certainly especially general guys thankyou thanks thank "
        "expected expectations done well"
    ),
    "de": (
        "sehr wirklich ganz echt total absolut insgesamt alles alle immer rundum durchweg app produkt produkte "
        "erfahrung firma weiter danke vielen herzlichen einfach nur viel mehr erwartet erwartungen arbeit leistung "
        "sache mal bisher jeder"
    ),
    "es": (
        "muy todo todos todas siempre realmente totalmente general app aplicación aplicacion producto productos "
        "empresa experiencia gracias muchas más mas esperaba esperábamos sigan así cosa cosas"
    ),
    "fr": (
        "très tres vraiment tout tous toute toujours appli app application applications produit produits entreprise "
        "expérience merci beaucoup globalement absolument rien redire dire continuez ainsi chose choses ensemble "
        "attendais trop"
    ),
    "it": (
        "molto davvero tutto tutti sempre totalmente app applicazione prodotto prodotti azienda esperienza grazie "
        "mille assolutamente complessivamente cosa cose lavoro"
    ),
    "pt": (
        "muito tudo todos sempre realmente totalmente app aplicativo aplicação produto produtos empresa experiência "
        "obrigado obrigada demais geral coisa trabalho parabéns"
    ),
    "nl": (
        "zeer heel erg echt alles altijd app applicatie product producten bedrijf ervaring bedankt dank algemeen "
        "gewoon dikke duim werk"
    ),
    "zh": (
        "很 非常 太 真 挺 特别 特別 超级 超級 超 总体 總體 整体 整體 一切 都 全部 感觉 感覺 觉得 覺得 软件 軟體 产品 "
        "產品 东西 東西 谢谢 謝謝 继续 加油 极了 極了 了 的 是 一直 总是 還 还 也 这个 這個 个 個 我 我们 用 一个 就 "
        "不 没 没有 有 啊 哦 吧"
    ),
    "ja": (
        "とても すごく 本当に 大変 非常に 全て すべて 全部 全体 全体的 いつも アプリ 商品 製品 会社 感じ 思い 思う "
        "ます です した でした ました ない お ご ござい と に を が は の も で て から ので まし た だ な よ ね し "
        "い これ この それ 私 ん く いつ 何 し"
    ),
}

#: Words that turn what follows into its opposite; in German and Dutch also what precedes.
NOT: dict[str, str] = {
    "en": (
        "not no never don't doesn't didn't won't wouldn't can't cannot couldn't isn't wasn't aren't weren't hasn't "
        "haven't hadn't dont doesnt didnt wont cant couldnt isnt wasnt nothing none neither nor without hardly "
        "barely nobody ain't shouldn't"
    ),
    "de": "nicht kein keine keinen keiner keinem keines nie niemals ohne nichts kaum niemand nirgends weder",
    "es": "no nunca jamás ni sin nada ningún ninguna ninguno tampoco nadie apenas",
    "fr": "pas jamais ni sans aucun aucune rien plus guère personne",
    "it": "non mai né senza nessun nessuna niente nulla nessuno",
    "pt": "não nao nunca jamais nem sem nenhum nenhuma nada ninguém",
    "nl": "niet geen nooit zonder niets niemand nauwelijks",
    "zh": "不 没 沒 没有 沒有 无 無 别 別 不是 不太 不够 不夠 并不 從未 从未 毫无",
    "ja": "ない なく ません なかった ず",
}

#: After these a good word is wished for, not found ("would be great", "wäre schön"); recommending is meant as said.
WISHED: dict[str, str] = {
    "en": "would could should i'd we'd wish hope",
    "de": "wäre wären hätte hätten würde würden könnte könnten sollte sollten",
    "es": "sería serían gustaría gustarían podría podrían debería deberían estaría ojalá",
    "fr": "serait seraient aimerais aimerions aimerait voudrais pourrait pourraient devrait devraient",
    "it": "sarebbe sarebbero vorrei potrebbe potrebbero dovrebbe piacerebbe",
    "pt": "seria seriam gostaria gostaríamos poderia poderiam deveria deveriam",
    "nl": "zou zouden",
}
RECOMMENDING = "recommend* empfehl* weiterempfehl* recomend* recommand* consigli* aanbevelen"
#: As the first word these answer the question ("Nothing, very happy"): they deny only what follows at once.
ANSWERING = "no nothing nein nichts nada rien non niente nulla não nee niets none"
#: What things and people are there to do: said alone it is no feeling, denied it is a bad one.
DOING: dict[str, str] = {
    "en": "work connect sync load open respond reply answer listen care help explain update start save",
    "de": "geht klappt verbindet synchronisiert lädt öffnet antwortet reagiert hilft zuhört erreichbar möglich",
    "es": "sirve conecta sincroniza carga abre responde responden contesta contestan ayuda deja permite escucha",
    "fr": "connecte synchronise charge ouvre répond répondent aide permet écoute reconnaît",
    "it": "connette sincronizza carica apre risponde rispondono aiuta permette ascolta va",
    "pt": "conecta sincroniza carrega abre responde respondem ajuda permite escuta deixa",
    "nl": "verbindt synchroniseert laadt opent antwoordt reageert helpt luistert",
}
