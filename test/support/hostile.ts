import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { FIXTURES } from './analysis.js';

/** Set to true by any of the texts below that a page takes for something other than text. */
export const MARK = 'mxwardenWasFooled';

const SCRIPT = `globalThis.${MARK}=true`;

/** Texts without spaces that break out of where a careless page would put them: an element, an attribute, a script. */
export const HOSTILE_TEXTS: readonly string[] = [
  `</script><script>${SCRIPT}</script>`,
  `</textarea></title></style><img/src=x/onerror=${SCRIPT}>`,
  `<!--<script>${SCRIPT}`,
  `"onmouseover="${SCRIPT}"autofocus/onfocus="${SCRIPT}`,
  `'onmouseover='${SCRIPT}'autofocus/onfocus='${SCRIPT}`,
  `";${SCRIPT};//`,
  `\`;\${${SCRIPT}}`,
  `\\u003cscript\\u003e${SCRIPT}`,
  `javascript:${SCRIPT}`,
  `&lt;script&gt;&#60;script&#62;${SCRIPT}`,
  `\u2028${SCRIPT}\u2029`,
  `\u202e${SCRIPT}`,
  `]]>--><svg/onload=${SCRIPT}>`,
  `__proto__`,
  `{{constructor.constructor('${SCRIPT}')()}}`,
];

/** The host of all lines, of which the analysis makes the names of servers. */
export const HOSTILE_HOST = `gpo"><img/src=x/onerror=${SCRIPT}>`;

/** Of the client that most rejections are about, and of a recipient that does not exist. */
const LONG_NAME = 'long'.repeat(2500);
const LONG_NAMED = ['dyn31.isp.test', 'gone1'];

/** What strangers choose of the lines of a log, or a site names itself. */
const NAMES: Readonly<Record<string, RegExp>> = {
  'mail.log':
    /(?<= from |client=|warning: )[^\s<>[\]]+(?=\[)|(?<=<)[^\s<>@]+(?=@)|(?<=helo=<)[^>]+|(?<=sasl_username=)\S+/g,
  'dovecot.log': /(?<=user=<|pop3\()[^)>]+/g,
  'query.log': /(?<=\(|query: )[a-z][\w.-]+(?=\)| IN)/g,
};

/** Lines of hosts without a server, of programs that nobody reads, and such as are no log lines. */
const STRAYS = HOSTILE_TEXTS.flatMap((text) => [
  `Nov 23 02:00:00 ${text} postfix/smtpd[1]: connect from ${text}[127.0.3.9]`,
  `Nov 23 02:00:00 ${HOSTILE_HOST} ${text}[1]: ${text}`,
  `Nov 23 02:00:00 ${HOSTILE_HOST} postfix/smtpd[1]: ${text}`,
  text,
]);

/**
 * Writes the bundled recording into a folder, with another of the hostile texts in place of each name.
 * @returns the logs; their names, and that of their folder, are hostile too
 */
export function writeHostileRecording(folder: string): readonly string[] {
  const place = join(folder, `"><img src=x onerror=${SCRIPT}>`);
  mkdirSync(place);
  const byName = new Map<string, string>();
  return Object.entries(NAMES).map(([file, names]) => {
    const text = gunzipSync(readFileSync(join(FIXTURES, 'dept', `${file}.gz`))).toString('utf8');
    const lines = text.replaceAll(names, (name) => hostileName(name, byName)).replaceAll(' gpo ', ` ${HOSTILE_HOST} `);
    const path = join(place, `<img src=x onerror=${SCRIPT}>${file}`);
    writeFileSync(path, file === 'mail.log' ? `${lines}${STRAYS.join('\n')}\n` : lines);
    return path;
  });
}

/** Another text for each name, the same whenever it comes. */
function hostileName(name: string, byName: Map<string, string>): string {
  if (LONG_NAMED.includes(name)) return LONG_NAME;
  let text = byName.get(name);
  if (text === undefined) {
    text = `${HOSTILE_TEXTS[byName.size % HOSTILE_TEXTS.length] ?? ''}${byName.size}`;
    byName.set(name, text);
  }
  return text;
}
