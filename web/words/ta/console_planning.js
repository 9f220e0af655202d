export default {
  "Choose a theater first.": "முதலில் திரையரங்கைத் தேர்வு செய்யவும்.",
};
