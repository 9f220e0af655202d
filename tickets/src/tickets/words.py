"""The words of a ticket in the languages of its readers: English, Hindi and Tamil."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """A ticket's own words. `{…}` stands for what the sentence is about."""

    ticket: str
    date: str
    time: str
    screen: str
    seats: str
    reference: str
    guest: str
    prices: str
    total: str
    complimentary: str
    adjustment: str
    how_to_get_in: str
    show_code: str
    admits_once: str
    give_reference: str
    bring: str
    proof: str
    newer_ticket: str
    cancelled: str


EN = Words(
    ticket="Ticket",
    date="Date",
    time="Time",
    screen="Screen",
    seats="Seats",
    reference="Reference",
    guest="Guest",
    prices="Prices",
    total="Total",
    complimentary="Complimentary",
    adjustment="Adjustment",
    how_to_get_in="How to get in",
    show_code="Show this code at the entrance, on your phone or on paper.",
    admits_once="It admits once: do not pass on a picture of it.",
    give_reference="If it cannot be read, give the reference {reference}.",
    bring="Please bring along: {proofs}.",
    proof="proof for {ticket_type}",
    newer_ticket="This is ticket no. {version}: earlier ones no longer admit.",
    cancelled="Cancelled",
)
HI = Words(
    ticket="टिकट",
    date="तारीख़",
    time="समय",
    screen="स्क्रीन",
    seats="सीटें",
    reference="संदर्भ",
    guest="अतिथि",
    prices="मूल्य",
    total="कुल",
    complimentary="निःशुल्क",
    adjustment="समायोजन",
    how_to_get_in="प्रवेश कैसे करें",
    show_code="प्रवेश द्वार पर यह कोड फ़ोन पर या काग़ज़ पर दिखाएँ।",
    admits_once="इससे एक ही बार प्रवेश मिलता है: इसकी तस्वीर किसी को न भेजें।",
    give_reference="अगर कोड पढ़ा न जा सके, तो संदर्भ {reference} बताएँ।",
    bring="कृपया साथ लाएँ: {proofs}।",
    proof="{ticket_type} का प्रमाण",
    newer_ticket="यह टिकट संख्या {version} है: पहले के टिकट अब मान्य नहीं हैं।",
    cancelled="रद्द",
)
TA = Words(
    ticket="டிக்கெட்",
    date="தேதி",
    time="நேரம்",
    screen="திரை",
    seats="இருக்கைகள்",
    reference="குறிப்பு எண்",
    guest="விருந்தினர்",
    prices="விலை விவரம்",
    total="மொத்தம்",
    complimentary="இலவசம்",
    adjustment="சரிக்கட்டல்",
    how_to_get_in="உள்ளே நுழைவது எப்படி",
    show_code="நுழைவாயிலில் இந்தக் குறியீட்டைக் கைபேசியிலோ காகிதத்திலோ காட்டுங்கள்.",
    admits_once="இது ஒரு முறை மட்டுமே அனுமதிக்கும்: இதன் படத்தை யாருக்கும் அனுப்ப வேண்டாம்.",
    give_reference="குறியீட்டைப் படிக்க முடியாவிட்டால், {reference} என்ற குறிப்பு எண்ணைச் சொல்லுங்கள்.",
    bring="தயவுசெய்து உடன் கொண்டு வாருங்கள்: {proofs}.",
    proof="{ticket_type} என்பதற்கான சான்று",
    newer_ticket="இது டிக்கெட் எண் {version}: முந்தைய டிக்கெட்டுகள் இனி செல்லாது.",
    cancelled="ரத்து செய்யப்பட்டது",
)
_BY_LANGUAGE = {"en": EN, "hi": HI, "ta": TA}


def words_in(language: str) -> Words:
    """The words of a language; English for one that is not spoken here."""
    return _BY_LANGUAGE.get(language, EN)
