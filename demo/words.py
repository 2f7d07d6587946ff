"""Lend the demo people their words: captions, places, comments and the answers to them."""

from random import Random

EMPTY_CAPTION = 0.1
EMPTY_PLACE = 0.4


def _lines(block: str) -> tuple[str, ...]:
    """Split a block into texts, one per line; a pilcrow inside a text starts a new paragraph."""
    return tuple(line.replace(" ¶ ", "\n\n") for line in block.strip().splitlines())


# One caption per line; a backslash carries a long one over, "{mention}" becomes somebody's @username.
CAPTIONS: dict[str, tuple[str, ...]] = {
    "ridges": _lines("""
Counted seven ridges from the hut door. Inger says eight. We have agreed to go back and check.
The cloud sat in the valley until half past nine and then left all at once, like people after a meeting. #ridges
My knees have filed a complaint. #mountains #slowhiking
Third try at this viewpoint. The first two times it was the inside of a cloud.
{mention} carried the water, I carried the camera, nobody carried the lunch. #hiking
Fjellet var i godt humør i dag. Det var ikke jeg, før kaffen. #fjell #utpåtur
Hinter jedem Kamm noch einer. Mein Vater nannte das „die Treppe“. #berge
Somewhere on the second slope there is a glove of mine. Left hand, green.
Salimos a las cuatro con linternas y llegamos justo a tiempo. El pan de Rosa ayudó. #montaña #madrugada
We waited an hour for the light and it lasted about as long as a sneeze. 🏔️
Farther away than it looks. Everything up here is.
Long caption, sorry, it was a long day. The plan was to be at the pass by eight and down at the bus by two. What \
happened is that we met a man mending a wall, and he wanted to know where we were going, and then where we were from, \
and then he put down his hammer and made tea. By the time we left his gate it was past eleven. ¶ So this is not the \
picture I had planned. The planned one has low sun in it and a clean edge on every ridge. This is what the pass looks \
like when you arrive late and full of biscuits, with the haze already up. I like it better, and I have his address, \
and I am going to send him a print. If anyone has posted something flat to a house without a number, tell me how. \
#ridges #thepass #tea
"""),
    "dunes": _lines("""
Sand in the bag, sand in the shoes, sand in the sandwich. Worth it. #dunes
The wind redraws this every night. I came back to find my own footprints and of course there were none.
مشينا ساعة قبل أن نتكلم. الرمل يعلّمك الصمت. #صحراء #كثبان
Walked up one side in twenty minutes and came down the other in about nine seconds.
Lens cap stayed on until the last moment and I still heard the crunch.
{mention} asked what the quiet sounds like. Mostly your own jacket.
Desierto de agua poca y conversación larga. #dunas #desierto
A beetle crossed the whole slope while I was changing lenses. He was faster. 🪲
The shadow edge moved a hand’s width while I was looking for my glasses. #shadows
My grandfather could tell you the month from the shape of these. I can tell you it was hot.
Wie ein Laken, das jemand nicht glattgezogen hat. #dünen
Nobody tells you how cold sand is before sunrise. Two pairs of socks next time.
"""),
    "forest": _lines("""
The same path I walk with the dog every morning. The dog is out of frame, rolling in something.
It had stopped raining an hour before, but under the trees it went on for the rest of the morning. #forest
Buche, Buche, Fichte, Buche. Wer findet den Hochsitz? #wald
Got a little bit lost. Only a little. Home for dinner. #woods
Smells like mushrooms and wet coat. I wish I could post that.
{mention}, this is the bend I meant, the one where your hat went.
木の間で深呼吸してから、会社に戻りました。#森 #昼休み
Au fond à droite, il y a des cèpes. Je n’en dirai pas plus. #forêt
There was a woodpecker the whole time. You will have to take my word for it. 🌲
They are felling this stand in spring, so I have started going every week. #beforespring
One of those mornings where you whisper without knowing why.
I have been coming to these woods since I was small enough to be carried through them, and for most of that time I \
was sure they were enormous. They are not. I paced it out on Saturday: twenty-two minutes from the road to the stream, \
with a stop to retie a boot. ¶ My aunt used to tell us the far side was Denmark. My brother believed it until he was \
nine, and once packed a bag. We found him at the stream with a jam sandwich and a map of Africa, very calm. He is a \
surveyor now, which the family finds funny and he does not. ¶ Anyway, this is about halfway to Denmark, looking back. \
The light does this for a quarter of an hour around now, if the neighbour is not burning leaves. #forest #halfway
"""),
    "sea": _lines("""
Too cold to swim. Swam. #sea
The ferry was forty minutes late and for once I did not mind.
La mer ce matin, avant les gens. #bretagne #marée
Sat on the harbour wall until my coffee went cold and then a bit longer.
{mention} says it is never the same twice. I have 400 pictures that say it nearly is.
Havet har ikke dårlig tid. #kyst #hav
البحر هادئ اليوم، وجدّتي تقول: لا تصدّقوه. #بحر
Low tide, two buckets, no crabs. The crabs had a better plan than us. 🦀
Exactly the colour of the jumper my mother knitted and I lost on a train.
The horizon is level, I checked. It is the bench that leans.
Aquí aprendí a nadar y aquí perdí las llaves del coche. Dos veces. #mar
When my father stopped fishing he did not sell the boat. He said he would, every autumn, and each spring he painted it \
instead. Blue, then a different blue, then the first blue again because the second one made the gulls nervous (his \
words). He never took it past the breakwater after that year. He rowed to the end, looked at the water for as long as \
it takes to eat an apple, and rowed back. ¶ I have been doing the same, with a camera where the apple was. I am not \
good at rowing and the pictures are mostly of the sky, because of how I sit. But this one came out. It is from the end \
of the breakwater, on a day he would have called “fair enough”, which was the highest mark he gave to anything. #sea
"""),
    "stars": _lines("""
Four blankets, one flask, no moon. #nightsky
I had forgotten how many there are. Every single time I forget.
Waited for the clouds to move. Learned all the words to a terrible song. Clouds moved. ⭐
星がよく見えたので、寝るのをやめました。#星空
My daughter asked which one is ours. I said we are standing on it. #stars
Stjerner nok til alle i natt. Minus fjorten, men likevel. #stjernehimmel #vinter
{mention} spotted the satellite, I only spotted the cold.
The village switched its lamps off at eleven. Thank you to whoever has the key. #darksky
Sous ce ciel-là, mon chien a hurlé une fois puis s’est rendormi. #ciel
Thumb for scale: no, my thumb is frozen, no scale.
The neighbour’s porch light is on a sensor, and so is the neighbour’s cat. Hence one try per ten minutes. #patience
People ask how to find a dark place, so here is how I do it. I look for the road with the fewest mailboxes and drive \
until the radio gives up. Then I stop at the second gate, not the first, because someone from the village always parks \
at the first. Lights off. Now the hard part: do nothing for twenty minutes. No phone, not even a quick look. Your eyes \
need that long, and one glance puts you back to the start. ¶ Bring more socks than you think, a thermos, and something \
to sit on that is not the ground. Say hello loudly to any cows. Tell somebody where you are. ¶ That is all I know. The \
sky does the rest, and on most nights it does not, and you drive home with a nice empty thermos. #nightsky #darksky
"""),
    "city": _lines("""
From the office roof, where we are not allowed. Hello to the caretaker, who is. #rooftops
Count the windows with somebody still at work in them. Mine is one. #city
Eleven years here and I still get out at the wrong exit.
The view from my cousin’s balcony, which she describes as “fine”.
{mention}, can you see your kitchen? Third tower, count down from the top.
Desde el tejado de Lucía, con la ropa tendida fuera del cuadro. #ciudad #azoteas
屋上の洗濯物ごしに見る街が好きです。#都市
They are building something in front of this, so this is the goodbye picture. #skyline
I moved here for one year. That was a while ago. 🏙️
Die Stadt vom Parkdeck, Ebene 6. Schönste Aussicht für 1,50 die Stunde. #stadtbild
Took the last bus on purpose so I could sit upstairs at the front. #nightbus
The crane on the left has been there longer than my marriage. Or there was one on the left. Cropped it. The crane.
"""),
    "still": _lines("""
Things on the table while I was supposed to be answering letters. #stilllife
Moved everything two centimetres to the left and then back again.
I bought the cloth for this. The cloth cost more than lunch. #windowlight
台所の光がちょうどよかった。片づけはあとで。#静物
Nature morte, puis nature mangée. #naturemorte
Grandmother’s table. It has one short leg and we all know which one.
Asked {mention} what was missing. Answer: “less”. Took one thing away. Better.
Sunday, radio on, nothing planned. #quiet #kitchen
الضوء من نافذة المطبخ، والباقي من السوق. #طبيعة_صامتة
The cat was in this picture for most of the afternoon. 🐈
Not moved, not tidied, found like this after breakfast.
I set this up at nine and it looked like a shop window. At four it looked like this. Waiting is most of it.
A teacher of mine used to set up three objects on a stool and make us draw them for a month. The same three. In the \
first week we were bored, in the second we were angry, and in the third somebody noticed that one shadow was green and \
everyone got up to look. She did not say a word, she just put the kettle on. ¶ I think of her whenever I clear the \
table and do not quite finish clearing it. I have no month and no stool, only the half hour between the washing-up and \
the news, when the window does what it does at this time of year. But I did look at the shadows first. Tell me what \
colour you think they are. I have my own opinion, and my husband has another one, and he is wrong. #stilllife #shadows
"""),
    "birch": _lines("""
White, grey, black, and that one which cannot decide. #birch
My mother peeled bark here to write on when she was six. The spelling was poor. The bark is still in a drawer.
Bjørkene bak hytta. Den skjeve heter Olav. #bjørk
Sap is running, so my sleeves are sticky and so is the camera. #birches #sapseason
Every one of them has eyes. I said good morning to be safe. 👀
Birken im März: noch nichts, aber man hört schon was. #birken
Walked in a straight line between them and came out somewhere else entirely.
{mention} wanted trunks only, no sky. Here you are, almost no sky. #trunks
Planted the year my sister was born. She is taller in personality.
Des bouleaux, un banc, pas de réseau. #bouleaux
Squinted and it turned into a barcode. Unsquinted and it was lovely again.
The firewood pile is just behind me and I feel they know.
"""),
    "rain": _lines("""
It was supposed to clear up by noon. It did not say which noon. #rain
Missed two buses for this. The second one on purpose.
雨宿りのあいだに一枚。傘は駅に忘れてきました。#雨
Umbrella count today: three owned, none with me. ☔
Il pleut, donc je sors. #pluie
Stood in a doorway with a stranger for ten minutes. We talked about gutters.
Det regner sidelengs igjen. Alt er som det skal. #regn #vestlandet
Heard it on the roof first and got up to look.
{mention}, you said nobody photographs bad weather. I would like my biscuit now. #badweather
مطر أخيراً. فتحنا كل النوافذ. #مطر
The smell ten minutes before this was better than the picture. #monsoon
Shoes drying on the stove, camera drying in the rice, me drying by the window.
"""),
    "fields": _lines("""
Shot over the gate, because the gate has opinions about being opened. #fields
The farmer asked what I was looking at. I said the lines. He said: oh, those. Thanks. #countryside
Barley, I think. Corrections welcome, I was raised in a flat.
Campos de mi tío, que dice que desde arriba parecen bien peinados. #campo
Der Nachbar pflügt gerader, als ich schreibe. #felder #landleben
{mention} and I took turns standing on the car.
Hay tomorrow if it holds. It never holds. 🌾
Stopped the car for this. So did the tractor behind me, less willingly. #roadside
When I was a child this was the whole world up to that line of trees.
Un champ, deux corneilles, une heure de retard. #campagne
Same corner as in March. I will be back in the autumn to finish the set. #fouryearly
The scarecrow is new and has my old coat. It suits him better.
"""),
    "portrait": _lines("""
She laughed right after this and I missed it. #portrait
“Do I have to look at you?” No. So this is that.
{mention} by the window, in between two jokes.
My neighbour, who fixes radios, and who would like it known that he was not ready. #neighbours
Sat still for exactly one picture. I took exactly one picture.
قالت: صوّرني كما أنا. فعلت. #بورتريه
Retrato de sobremesa. El postre no sale. #retrato
Trettiende bursdag. Kaka var for stor, rommet for lite, lyset helt fint. #portrett
He asked to be shown serious. We got there in the end.
Thank you to {mention} for the patience and for the soup. 🍲
Twins, they tell me. I photographed one, and I still do not know which. #portraits
Before the haircut. The after picture is not allowed.
She keeps bees and has no time for any of this, and gave me four minutes.
"""),
    "street": _lines("""
Waited for someone in a red coat. Got this instead, and I am not complaining. #street
The bakery opens at five. I know because I was there at ten to. #earlybird
On the way to the dentist. Walked slowly.
La calle de siempre, que hoy se dejó. #calle #callejeando
Two people argued about a ladder just out of frame. Very politely. #streetphotography
夕方の道。豆腐屋のラッパが聞こえたころ。#路地
{mention} walked ahead and did not notice for a whole block that I had stopped.
Coin de rue, boulangerie fermée, tragédie. #rue
Market day, after the market. My favourite part.
Ein Fahrrad, das hier seit Mai steht. Wem gehört es? #strasse
Nobody looked up. I did not either for the first six years.
Took a wrong turn on the way to a wedding. We were not late, we were early for the cake. 🍰
The man with the broom told me the light is better on Thursdays. He was right.
I deliver post on this street, so I know it by its letterboxes. Number four is stiff, number nine snaps, and number \
twelve has a dog behind it who takes the envelopes out of my hand, quite gently, and carries them upstairs. I have \
never seen who lives there. We have exchanged three cards at New Year, by way of the dog. ¶ On my day off I came \
back without the bag to see what it looks like when I am not in a hurry. It took some getting used to. I kept \
wanting to turn in at every gate. After an hour a woman leaned out and asked if something had arrived, and I said \
no, nothing today, I am only looking. She thought about it and then she came down and looked as well. #street \
#dayoff
"""),
}

# Regions on the map and places off it, parted by bars.
PLACES: dict[str, tuple[str, ...]] = {
    kind: tuple(names.split(" | "))
    for kind, names in {
        "ridges": "Jotunheimen, Norway | Svaneti, Georgia | Simien Mountains | Cordillera Blanca, Peru | Allgäu"
        " | The Second Pass | Aberdare Range, Kenya | Above Hollin Hut",
        "dunes": "Erg Chebbi, Morocco | Gran Desierto de Altar | Dasht-e Kavir | Namib | Curonian Spit | Råbjerg Mile"
        " | Sands of Merrow",
        "forest": "Steigerwald | Yakushima | Białowieża | Đà Lạt | Fiordland | Hollin Wood | Forêt d’Huelgoat",
        "sea": "Finistère | Lesvos | Isle of Harris | Tyre | Rakiura | Lofoten | Little Sound | Merrow Bay",
        "stars": "Finnmark | Atacama | Dasht-e Kavir | Síða, Iceland | Pian della Mussa | Second gate past Orrin",
        "city": "Łódź | Istanbul | Seoul | Lagos | Plovdiv | Porto | Valparaíso | Guangzhou | Level 6, the car park",
        "still": "Home | Kitchen table | The studio | Kyoto | Aunt Berta’s | Mytilini | Cusco",
        "birch": "North Karelia | Dalarna | Vologda Oblast | Hokkaido | Behind the cabin | Femundsmarka",
        "rain": "Bergen | Kochi, Kerala | Kyoto | Connemara | Busan | The tram stop | Bogotá | Galway",
        "fields": "Uasin Gishu, Kenya | Beauce | Skåne | La Mancha | Uckermark | Gondar | Southland | Long Acre Lane",
        "portrait": "Kumasi | Marrakesh | Tbilisi | Belém | Home | The back porch | Chennai | Radio repair, upstairs",
        "street": "Łódź, Bałuty | Kyoto, Nishijin | Plovdiv, Kapana | Oaxaca | Tema | Kadıköy | Nether Street | Lisbon",
    }.items()
}

COMMENTS = _lines("""
Oh, this is lovely.
How long did you wait for that light?
I can hear this one.
The bottom left corner is doing all the work and nobody thanks it.
Saved. Going to look at it again tonight.
Where is this? I think I got lost there once.
My kitchen wall has a gap exactly this shape.
❤️
Beautiful tones.
Did you get home dry?
I have walked past this spot a hundred times and never saw it.
Okay, now I have to buy better shoes.
Qué maravilla.
The second look is even better than the first.
What was just outside the frame?
Sehr schön. Erinnert mich an zu Hause.
きれい…
Show us the one you took right before this!
Simple and just right.
I would hang this.
رائعة 🌿
You make it look easy. It is not easy, I tried on Saturday.
😍😍
Is there a version in black and white?
The caption made me laugh on the tram, and now everybody is looking.
Magnifique, comme d’habitude.
My dad just asked who took this.
So quiet.
Så fint! Den må du henge opp.
I keep coming back to that edge.
Handheld? Really?
Slightly jealous, mostly happy for you.
That took patience.
Tell me there was cake afterwards.
Que luz linda!
この空気感、好きです。
Can I ask how early you got up?
The colours, my goodness.
Ich hätte den Ausschnitt genauso gewählt.
Makes me want to go outside, and I never want to go outside.
Красиво и очень тихо.
Did anything bite you?
This one grew on me. Scrolled past, scrolled back.
Your best one this month, if you ask me. You did not ask me.
תמונה יפה מאוד
Where do I stand to see this?
👏👏👏
Which week of the year is this? I always come too late.
A bit darker and I would frame it. No, wait, it is good as it is.
Güzel olmuş, eline sağlık.
I showed this to my class and they wanted to know about the weather.
Nothing to add. Just wanted to say I saw it.
C’est où, si ce n’est pas un secret?
It looks cold. Was it cold?
You should print this one large.
The more I look, the less I understand how it stays balanced.
¿Volviste al día siguiente?
I like that you left it a bit untidy.
Adding this to the list of reasons to visit you.
¡Otra vez tú con la mejor foto del día!
😂 the caption
Er det langt å gå?
My phone does not deserve this picture. Opening it on the big screen.
Please tell me you have a series of these.
Looks like something I dreamt, only better composed.
저도 여기 가보고 싶어요.
Good eye.
Was the bench free?
Merci, j’en avais besoin aujourd’hui.
Ten minutes ago I had work to do.
""")

REPLIES = _lines("""
Thank you! It was mostly luck and a little stubbornness.
About forty minutes. I had sandwiches.
Handheld, leaning on a fence.
That is very kind, thank you.
It is a short walk from the bus, I will send you the stop.
Ha, you are right, now I cannot unsee it.
Yes, there was cake.
I did not get home dry.
There is one more, maybe I will post it tomorrow.
Danke dir!
The one before this has my thumb in it.
Thanks! Cropped a bit on the right, there was a bin.
Come along next time.
❤️ thank you
Gracias, de verdad.
Early. Too early. Do not ask my family.
I will print you one.
Good question, I am not sure myself.
Merci beaucoup !
Just a lorry and a very bored dog.
I tried black and white, it lost something.
ありがとうございます！
Tusen takk!
Tell your dad thank you.
I was going to delete it, so I am glad you said that.
شكراً جزيلاً 🌸
No tripod, only a wall and held breath.
You should see it in person, it is much bigger.
Same here, it took me years to notice it.
Agreed, a touch darker might be nicer. I will try.
""")


def caption(kind: str, rng: Random) -> str:
    """Pick what the author wrote under a picture of `kind`; one in ten says nothing."""
    return "" if rng.random() < EMPTY_CAPTION else rng.choice(CAPTIONS[kind])


def place(kind: str, rng: Random) -> str:
    """Pick where a picture of `kind` was taken; many authors keep that to themselves."""
    return "" if rng.random() < EMPTY_PLACE else rng.choice(PLACES[kind])


def comment(rng: Random) -> str:
    """Pick what a visitor says about a picture."""
    return rng.choice(COMMENTS)


def reply(rng: Random) -> str:
    """Pick how the author answers a comment."""
    return rng.choice(REPLIES)
