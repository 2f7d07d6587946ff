"""Introduce the people of the demo: who they are, what they like to photograph and how often they post."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """Describe one member: the profile as shown, the favourite kinds of picture, and how often they post (0 to 3)."""

    username: str
    name: str
    bio: str
    links: tuple[str, ...]
    kinds: tuple[str, ...]
    weight: float


# The order is part of the demo: pictures and follows are diced by it, so new people go to the end.
PEOPLE: tuple[Person, ...] = (
    Person(
        username="demo",
        name="Demo",
        bio="Trying this place out. I take the long way home and carry a camera most Sundays.",
        links=(),
        kinds=("street", "sea", "forest"),
        weight=0.6,
    ),
    Person(
        username="curator",
        name="Curator",
        bio="I post nothing myself. I look, and I keep the pictures I would like to see again.",
        links=(),
        kinds=("ridges", "still", "rain"),
        weight=0.0,
    ),
    Person(
        username="ingrid_paa_tur",
        name="Ingrid Solbakken Øyen",
        bio="Sykepleier i turnus, på fjellet når jeg har fri. Termos, nistepakke, kamera. I den rekkefølgen.",
        links=("https://example.org/ingrid-paa-tur",),
        kinds=("ridges", "birch", "stars"),
        weight=2.4,
    ),
    Person(
        username="haruka_sanpo",
        name="はるか（散歩写真）",
        bio="京都の端っこに住んでいます。雨の日の路地と、台所の光が好きです。カメラは父のおさがり。",
        links=("https://example.org/haruka",),
        kinds=("rain", "street", "still"),
        weight=2.1,
    ),
    Person(
        username="salma_b",
        name="سلمى ب.",
        bio="معلّمة رياضيات من مراكش. أصوّر الكثبان في العطل والجيران في باقي الأيام.",
        links=(),
        kinds=("dunes", "portrait", "stars"),
        weight=1.6,
    ),
    Person(
        username="alyona_vetrova",
        name="Алёна Ветрова",
        bio="Берёзы, электрички, бабушкин сад. Снимаю медленно, выкладываю ещё медленнее.",
        links=(),
        kinds=("birch", "fields", "rain"),
        weight=1.3,
    ),
    Person(
        username="noa_l",
        name="נועה ל.",
        bio="אחות במקצוע, צלמת בשעות המוזרות. בעיקר ים, לפעמים אנשים.",
        links=("https://example.org/noa",),
        kinds=("sea", "portrait", "dunes"),
        weight=1.2,
    ),
    Person(
        username="cidinha_teixeira",
        name="Maria Aparecida da Conceição Guimarães de Albuquerque e Souza Figueiredo Teixeira Brandões",
        bio="Everybody calls me Cidinha. My grandmother insisted on the rest.",
        links=(),
        kinds=("portrait", "street", "sea"),
        weight=1.1,
    ),
    Person(
        username="lukasz_w",
        name="Łukasz Wróblik",
        bio="Tram driver in Łódź. I know every wet street in this city by its reflections.",
        links=(),
        kinds=("street", "rain", "city"),
        weight=2.6,
    ),
    Person(
        username="therese_guyonnec",
        name="Thérèse Guyonnec",
        bio=(
            "Retraitée des Postes, Finistère nord. J’ai commencé la photo à soixante-quatre ans, le jour où mon mari a "
            "acheté un bateau et où j’ai compris que je passerais désormais mes dimanches sur un quai. Je photographie "
            "la mer telle qu’elle vient, sans attendre le beau temps, parce qu’ici on attendrait longtemps. Je réponds "
            "à tous les messages, parfois avec une semaine de retard. Les conseils sont bienvenus, les critiques "
            "aussi, surtout si elles arrivent avec un far breton."
        ),
        links=("https://example.org/le-quai", "https://example.org/therese/tirages"),
        kinds=("sea", "still", "fields"),
        weight=1.8,
    ),
    Person(
        username="wanjiru_outside",
        name="Wanjirũ",
        bio="Agronomist. I look at fields for a living and then again for fun.",
        links=("https://example.org/wanjiru",),
        kinds=("fields", "ridges", "portrait"),
        weight=1.7,
    ),
    Person(username="tobi", name="Tobi", bio="", links=(), kinds=("city", "portrait", "street"), weight=0.9),
    Person(
        username="solrun_h",
        name="Sólrún Hlíðdal",
        bio="Sheep, weather, sky. Farm outside Kirkjubæjarklaustur. Please shut the gate.",
        links=(),
        kinds=("stars", "ridges", "fields"),
        weight=2.0,
    ),
    Person(
        username="jose_angel_mx",
        name="José Ángel Cuéllar Peñúñuri",
        bio="De Hermosillo. Desierto, carretera y los tacos de después. 🌵",
        links=("https://example.org/cuellar",),
        kinds=("dunes", "stars", "street"),
        weight=1.5,
    ),
    Person(
        username="meenakshi_r",
        name="Meenakshi R.",
        bio="Monsoon enthusiast. Two umbrellas, one lens.",
        links=(),
        kinds=("rain", "portrait", "still"),
        weight=2.2,
    ),
    Person(
        username="thao_vy",
        name="Thảo Vy",
        bio="Đà Lạt 🌲 Sương mù mỗi sáng.",
        links=(),
        kinds=("forest", "rain", "fields"),
        weight=1.0,
    ),
    Person(
        username="goekce",
        name="Gökçe Yaylalı",
        bio="Vapurda martı sayarım. I count gulls from the ferry and lose count at Kadıköy.",
        links=("https://example.org/vapur",),
        kinds=("city", "sea", "street"),
        weight=1.9,
    ),
    Person(
        username="eleni_k",
        name="Ελένη Κ.",
        bio="Μυτιλήνη. Ελιές, θάλασσα, μεσημεριανός ύπνος.",
        links=(),
        kinds=("sea", "still"),
        weight=0.8,
    ),
    Person(username="nino_t", name="ნინო", bio="თბილისი ↔ სვანეთი", links=(), kinds=("ridges", "portrait"), weight=0.9),
    Person(
        username="seoyun_film",
        name="서윤",
        bio="필름 한 롤에 한 달. One roll a month, mostly the view from the bus.",
        links=("https://example.org/seoyun", "https://example.org/seoyun/rolls"),
        kinds=("city", "rain", "still"),
        weight=1.4,
    ),
    Person(
        username="alin_88", name="阿林", bio="上班看报表，下班看云。", links=(), kinds=("city", "ridges"), weight=1.2
    ),
    Person(
        username="matthias_im_wald",
        name="Matthias Böhmländer",
        bio=(
            "Förster im Steigerwald, seit 26 Jahren im selben Revier. Ich fotografiere keine Rehe, die kennen mich und "
            "halten nicht still. Dafür Buchen: die laufen nicht weg. Abzüge verschenke ich gern, einfach schreiben."
        ),
        links=("https://example.org/revier",),
        kinds=("forest", "birch"),
        weight=2.8,
    ),
    Person(
        username="zoe_brand",
        name="Zoë Brändströmer",
        bio="Ceramics on weekdays, photographs of other people’s ceramics on weekends.",
        links=("https://example.org/zoe", "https://example.org/zoe/shop", "https://example.org/zoe/kiln-diary"),
        kinds=("still", "birch", "portrait"),
        weight=1.6,
    ),
    Person(
        username="kwabena_frames",
        name="Kwabena",
        bio="Portraits of people I already like. Tema → Kumasi and back.",
        links=("https://example.org/kwabena",),
        kinds=("portrait", "street"),
        weight=2.3,
    ),
    Person(
        username="hemi_southerly",
        name="Hemi T.",
        bio="Bird counter, Southland. If it is blurry, blame the wind. It was the wind.",
        links=(),
        kinds=("sea", "dunes", "forest"),
        weight=1.1,
    ),
    Person(username="aoife_ni_b", name="Aoife Ní Bh.", bio="", links=(), kinds=("rain", "fields", "sea"), weight=1.5),
    Person(
        username="parisa_shabha",
        name="پریسا",
        bio="شب‌ها ستاره، روزها چای. Night sky from the edge of the Dasht-e Kavir.",
        links=(),
        kinds=("stars", "dunes"),
        weight=1.3,
    ),
    Person(
        username="selam_walks",
        name="Selam ሰላም",
        bio="Walking every road out of Gondar, one Saturday at a time.",
        links=(),
        kinds=("ridges", "fields", "portrait"),
        weight=1.0,
    ),
    Person(
        username="yousef_min_sour",
        name="يوسف من صور",
        bio="صيّاد ابن صيّاد. البحر في الصباح، والصور بعد القهوة.",
        links=(),
        kinds=("sea", "still"),
        weight=0.7,
    ),
    Person(
        username="illari_apu",
        name="Illari Quispe-Añaños",
        bio="Cusco. Guía de montaña en temporada, panadera el resto del año.",
        links=("https://example.org/illari", "https://example.org/illari/pan"),
        kinds=("ridges", "stars", "still"),
        weight=1.7,
    ),
    Person(
        username="old_ferry_timetable",
        name="old ferry timetable",
        bio="Retired purser. Clyde, Minch, anything with a ramp.",
        links=(),
        kinds=("sea", "rain"),
        weight=0.5,
    ),
    Person(
        username="petko",
        name="Петко Ст.",
        bio=(
            "Architect in Plovdiv, mostly of staircases. I photograph cities early, before the cars are awake, and I "
            "keep a notebook of every bakery I pass on the way: street, opening hour, what was warm. So far 112 "
            "bakeries and about as many usable pictures. If you are ever in town, ask, and I will send you the list."
        ),
        links=(
            "https://example.org/petko",
            "https://example.org/petko/stairs",
            "https://example.org/petko/bakeries",
            "https://example.org/petko/notebook",
            "https://example.org/petko/letters",
        ),
        kinds=("city", "street"),
        weight=1.4,
    ),
    Person(
        username="fantail_k",
        name="fantail 🪶",
        bio="mostly lurking",
        links=(),
        kinds=("forest",),
        weight=0.2,
    ),
    Person(
        username="tuulikki_s",
        name="Tuulikki Sääksvuori",
        bio="Kesämökki, sauna, koivut. I own eleven hectares of birch and have named some of it.",
        links=("https://example.org/koivut",),
        kinds=("birch", "forest", "stars"),
        weight=3.0,
    ),
)
