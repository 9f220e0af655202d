// The component's own words in three languages; English is what the code says.
const WORDS = {
  hi: {
    "Row {row}, seat {number}": "पंक्ति {row}, सीट {number}",
    "Row {row}": "पंक्ति {row}",
    "{free} free": "{free} खाली",
    "available": "उपलब्ध",
    "held": "रोकी गई",
    "sold": "बिक चुकी",
    "not for sale": "बिक्री के लिए नहीं",
    "held for you": "आपके लिए रोकी गई",
    "selected": "चुनी गई",
    "wheelchair space": "व्हीलचेयर की जगह",
    "companion’s seat": "साथी की सीट",
    "companion’s seat of {seat}": "{seat} के साथी की सीट",
    "sold together": "साथ में बिकती हैं",
    "sold together with {seat}": "{seat} के साथ बिकती है",
    "Screen": "स्क्रीन",
    "Seat map": "सीटों का नक्शा",
    "Seats as a list": "सीटों की सूची",
    "How seats are shown": "सीटें कैसे दिखें",
    "Map": "नक्शा",
    "List": "सूची",
    "Zoom": "ज़ूम",
    "Zoom in": "बड़ा करें",
    "Zoom out": "छोटा करें",
    "Show the whole map": "पूरा नक्शा दिखाएँ",
    "Show prices": "कीमतें दिखाएँ",
    "Only free seats": "केवल खाली सीटें",
    "What the signs mean": "चिह्नों का अर्थ",
    "Arrow keys walk from seat to seat, Space chooses, plus and minus zoom.": "तीर कुंजियों से सीटों पर चलें, स्पेस से चुनें, प्लस और माइनस से ज़ूम करें।",
    "Loading the seats…": "सीटें आ रही हैं…",
    "Live": "लाइव",
    "Connecting…": "जुड़ रहा है…",
    "Offline": "ऑफ़लाइन",
    "Closed": "बंद",
    "No connection. These are the seats as they last were; we keep trying.": "कनेक्शन नहीं है। ये सीटें जैसी पिछली बार थीं वैसी दिख रही हैं; हम कोशिश करते रहेंगे।",
    "Connected again.": "फिर से जुड़ गए।",
    "The seats could not be loaded.": "सीटें लोड नहीं हो सकीं।",
    "There is no such show.": "ऐसा कोई शो नहीं है।",
    "No seats are sold for this show any more.": "इस शो के लिए अब सीटें नहीं बिकतीं।",
    "Try again": "फिर प्रयास करें",
    "{seat} has just been taken by somebody else. Please choose another.": "{seat} अभी किसी और ने ले ली। कृपया दूसरी चुनें।",
    "{seats} have just been taken by somebody else. Please choose others.": "{seats} अभी किसी और ने ले लीं। कृपया दूसरी चुनें।",
    "{seat} is {state}.": "{seat}: {state}।",
    "You can choose {max} seats at most.": "आप अधिक से अधिक {max} सीटें चुन सकते हैं।",
    "{seats} are sold together.": "{seats} साथ में बिकती हैं।",
    "No seats match.": "कोई सीट मेल नहीं खाती।",
  },
  ta: {
    "Row {row}, seat {number}": "வரிசை {row}, இருக்கை {number}",
    "Row {row}": "வரிசை {row}",
    "{free} free": "{free} காலி",
    "available": "கிடைக்கிறது",
    "held": "பிடிக்கப்பட்டது",
    "sold": "விற்றது",
    "not for sale": "விற்பனைக்கு இல்லை",
    "held for you": "உங்களுக்காகப் பிடிக்கப்பட்டது",
    "selected": "தேர்ந்தெடுத்தது",
    "wheelchair space": "சக்கர நாற்காலி இடம்",
    "companion’s seat": "துணையாளர் இருக்கை",
    "companion’s seat of {seat}": "{seat} துணையாளர் இருக்கை",
    "sold together": "சேர்த்து விற்கப்படும்",
    "sold together with {seat}": "{seat} உடன் சேர்த்து விற்கப்படும்",
    "Screen": "திரை",
    "Seat map": "இருக்கை வரைபடம்",
    "Seats as a list": "இருக்கைகளின் பட்டியல்",
    "How seats are shown": "இருக்கைகள் காட்டப்படும் விதம்",
    "Map": "வரைபடம்",
    "List": "பட்டியல்",
    "Zoom": "பெரிதாக்கல்",
    "Zoom in": "பெரிதாக்கு",
    "Zoom out": "சிறிதாக்கு",
    "Show the whole map": "முழு வரைபடத்தையும் காட்டு",
    "Show prices": "விலைகளைக் காட்டு",
    "Only free seats": "காலி இருக்கைகள் மட்டும்",
    "What the signs mean": "குறிகளின் பொருள்",
    "Arrow keys walk from seat to seat, Space chooses, plus and minus zoom.": "அம்பு விசைகள் இருக்கைகளிடையே நகர்த்தும், ஸ்பேஸ் தேர்ந்தெடுக்கும், கூட்டல் கழித்தல் பெரிதாக்கிச் சிறிதாக்கும்.",
    "Loading the seats…": "இருக்கைகள் வருகின்றன…",
    "Live": "நேரலை",
    "Connecting…": "இணைகிறது…",
    "Offline": "இணைப்பில்லை",
    "Closed": "மூடப்பட்டது",
    "No connection. These are the seats as they last were; we keep trying.": "இணைப்பு இல்லை. இவை கடைசியாக இருந்த நிலையிலான இருக்கைகள்; தொடர்ந்து முயல்கிறோம்.",
    "Connected again.": "மீண்டும் இணைந்தது.",
    "The seats could not be loaded.": "இருக்கைகளை ஏற்ற முடியவில்லை.",
    "There is no such show.": "அப்படி ஒரு காட்சி இல்லை.",
    "No seats are sold for this show any more.": "இந்தக் காட்சிக்கு இனி இருக்கைகள் விற்கப்படாது.",
    "Try again": "மீண்டும் முயல்க",
    "{seat} has just been taken by somebody else. Please choose another.": "{seat} இப்போதுதான் வேறொருவரால் எடுக்கப்பட்டது. வேறொன்றைத் தேர்ந்தெடுக்கவும்.",
    "{seats} have just been taken by somebody else. Please choose others.": "{seats} இப்போதுதான் வேறொருவரால் எடுக்கப்பட்டன. வேறு இருக்கைகளைத் தேர்ந்தெடுக்கவும்.",
    "{seat} is {state}.": "{seat}: {state}.",
    "You can choose {max} seats at most.": "அதிகபட்சம் {max} இருக்கைகளைத் தேர்ந்தெடுக்கலாம்.",
    "{seats} are sold together.": "{seats} சேர்த்து விற்கப்படும்.",
    "No seats match.": "பொருந்தும் இருக்கை இல்லை.",
  },
};

// Types of seats are the theater's own words; those that many use are known in all languages.
const TYPES = {
  hi: { standard: "सामान्य", premium: "प्रीमियम", front: "आगे की", recliner: "रिक्लाइनर", couple: "युगल", vip: "वीआईपी", balcony: "बालकनी", box: "बॉक्स", sofa: "सोफ़ा" },
  ta: { standard: "சாதாரண", premium: "பிரீமியம்", front: "முன்வரிசை", recliner: "சாய்வு", couple: "இணையர்", vip: "விஐபி", balcony: "மாடம்", box: "பெட்டி", sofa: "சோஃபா" },
};

export const LANGUAGES = ["en", "hi", "ta"];

/** `hi-IN` → `hi`; a language that is not spoken here → `en`. */
export function languageOf(tag) {
  const language = (tag ?? "").toLowerCase().split(/[-_]/)[0];
  return LANGUAGES.includes(language) ? language : "en";
}

/** @returns {(text: string, values?: Record<string, string | number>) => string} */
export const sayIn = (lang) => (text, values = {}) =>
  (WORDS[lang]?.[text] ?? text).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));

/** A type of seats in words. */
export const typeIn = (lang, type) => TYPES[lang]?.[type.toLowerCase()] ?? type.replaceAll("_", " ");

/** What the languages say, for the test that finds what one of them does not. */
export const TRANSLATIONS = WORDS;
