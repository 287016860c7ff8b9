'use strict';
/** Words that this project does not use, each with the field's word for the same thing. */
const words = [
  [/\bsettl(?:e|es|ed|ing)\b/i, 'finish, finalize, clean up'],
  [/\bfarewell\b/i, 'drain'],
  [/\blast ?word\b/i, 'finalize, latest reason'],
  [/\bleftovers?\b/i, 'orphan'],
  [/\bdoubles\b/i, 'duplicates'],
  [/trouble/i, 'failure, error'],
  [/\bstop(?:s|ped)?[ -]?alone\b/i, 'isolated failure'],
  [/\banew\b/i, 'again, from the start'],
  [/\bwhoever\b/i, 'any member who'],
  [/\b(?:somebody|nobody)\b/i, 'someone, no one'],
  [/\b(?:he|him|his|himself)\b/i, 'they, the member, the operator'],
  [/\b(?:goes|go|went|going) on\b/i, 'continues'],
  [/\bkept ?alive\b/i, 'heartbeat'],
  [/\bput(?:s)? ?aside\b/i, 'send to the dead letters'],
  [/\bpass(?:es|ed)? on\b|\bpassOn\b/, 'forward'],
  [/\bmend(?:s|ed|ing)?\b/i, 'fix, repair'],
  [/\bdoomed\b/i, 'pending deletion'],
  [/\bverdict\b/i, 'decision, result'],
  [/\bwhereabouts\b/i, 'location'],
  [/\bbrakes?\b/i, 'deletion guard'],
  [/\bwith the eyes of\b/i, 'as that member'],
  [/\bfor ever\b/i, 'forever, endlessly'],
  [/\blately\b/i, 'recently'],
  [/\b(?:tells?|told)\b/i, 'reports, says, logs'],
  [/\ball the same\b/i, 'nevertheless, still'],
];

/** What looks like such a word and is none: a method of JavaScript, a wire value, a stored field. */
const exceptions = /\ballSettled\b|['"`]settling['"`]|\bsettling:|\bbrake\b(?=\??:|['"`]|[,.;) }]|\.)|\bbrakeSchema\b/g;

/** The words of a text, with their offsets. */
function findWords(text) {
  const checked = text.replace(exceptions, (match) => '-'.repeat(match.length));
  return words.flatMap(([pattern, better]) =>
    [...checked.matchAll(new RegExp(pattern.source, `${pattern.flags}g`))].map(({ 0: word, index }) => ({
      word,
      index,
      better,
    })),
  );
}

/** ESLint rule: no such word in comments, names or texts. */
const plainWords = {
  meta: { type: 'suggestion', schema: [], messages: { word: '"{{word}}": say {{better}}' } },
  create: (context) => ({
    Program() {
      const { sourceCode } = context;
      for (const { word, index, better } of findWords(sourceCode.text)) {
        const loc = { start: sourceCode.getLocFromIndex(index), end: sourceCode.getLocFromIndex(index + word.length) };
        context.report({ loc, messageId: 'word', data: { word, better } });
      }
    },
  }),
};

module.exports = { findWords, plugin: { rules: { 'plain-words': plainWords } } };
