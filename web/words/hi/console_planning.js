export default {
  "Choose a theater first.": "पहले थिएटर चुनें।",
};
