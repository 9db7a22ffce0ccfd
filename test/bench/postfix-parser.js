// The same with npm's postfix-parser: `node test/bench/postfix-parser.js FILE...`.
import postfixParser from 'postfix-parser';
import { eachLineOf } from './lines.js';

// It writes every line that it does not know to the console, unless told that this is a test.
process.env.NODE_ENV = 'test';

let events = 0;
eachLineOf(process.argv.slice(2), (line) => {
  if (postfixParser.asObject(line) !== undefined) events += 1;
});
if (events === 0) throw new Error('No line was understood.');
process.stdout.write(`${events} lines understood\n`);
