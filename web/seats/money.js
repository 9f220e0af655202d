// Amounts in minor units, as they are read in a language.
const LOCALES = { en: "en-IN", hi: "hi-IN", ta: "ta-IN" };

// Digits of the minor unit by ISO 4217 where they are not 2; Intl follows common use, which for some is another number.
const DIGITS = Object.fromEntries([
  ..."BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split(" ").map((code) => [code, 0]),
  ..."BHD IQD JOD KWD LYD OMR TND".split(" ").map((code) => [code, 3]),
]);

/** @returns {(amount: number) => string} of amounts in minor units of a currency */
export function moneyIn(lang, currency) {
  const digits = DIGITS[currency] ?? 2;
  const format = new Intl.NumberFormat(LOCALES[lang] ?? LOCALES.en, {
    style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits,
  });
  const written = new Map();
  return (amount) => {
    if (!written.has(amount)) written.set(amount, format.format(amount / 10 ** digits));
    return written.get(amount);
  };
}
