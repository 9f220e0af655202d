"""The states of India by their GST codes: the first two digits of a GSTIN."""

_STATES = {
    "01": "Jammu and Kashmir",
    "02": "Himachal Pradesh",
    "03": "Punjab",
    "04": "Chandigarh",
    "05": "Uttarakhand",
    "06": "Haryana",
    "07": "Delhi",
    "08": "Rajasthan",
    "09": "Uttar Pradesh",
    "10": "Bihar",
    "11": "Sikkim",
    "12": "Arunachal Pradesh",
    "13": "Nagaland",
    "14": "Manipur",
    "15": "Mizoram",
    "16": "Tripura",
    "17": "Meghalaya",
    "18": "Assam",
    "19": "West Bengal",
    "20": "Jharkhand",
    "21": "Odisha",
    "22": "Chhattisgarh",
    "23": "Madhya Pradesh",
    "24": "Gujarat",
    "26": "Dadra and Nagar Haveli and Daman and Diu",
    "27": "Maharashtra",
    "29": "Karnataka",
    "30": "Goa",
    "31": "Lakshadweep",
    "32": "Kerala",
    "33": "Tamil Nadu",
    "34": "Puducherry",
    "35": "Andaman and Nicobar Islands",
    "36": "Telangana",
    "37": "Andhra Pradesh",
    "38": "Ladakh",
    "97": "Other Territory",
}
# Union territories without a legislature: their half of the tax is UTGST.
_TERRITORIES = frozenset({"04", "26", "31", "35", "38", "97"})


def place_of_supply(gstin: str) -> str | None:
    """Where admission to a cinema is supplied, which is where the theater is (IGST Act, section 12(6)): `Maharashtra
    (27)`; None where the number names no state."""
    code = gstin[:2]
    return f"{_STATES[code]} ({code})" if code in _STATES else None


def state_tax_name(gstin: str) -> str:
    """`SGST`, or `UTGST` in a union territory without a legislature."""
    return "UTGST" if gstin[:2] in _TERRITORIES else "SGST"
