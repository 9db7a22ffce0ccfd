import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { objectAt } from '../../src/core/documents/fields.js';
import { windowSizes } from '../../src/core/windows/calendar.js';
import { readPageAssets } from '../../src/report/page-assets.js';
import { pagePieces } from '../../src/report/page.js';
import { ReportBuilder } from '../../src/report/report-data.js';
import { FIXTURES, analysisOf, jsonObject, summaryOf } from './analysis.js';

const RECORDING = join(FIXTURES, 'dept');
/** Fields with times and with members of closed sets. */
const KEPT =
  /^(@timestamp|start|end|started|last_seen|last_heard|size|window|state|action|kind|layer|cautious|firm|refusal|expires)$/;

/**
 * Writes the page of the bundled recording for servers named by hostile texts, with the text of each in every other field
 * of its documents and of the summary.
 */
export async function writeHostileReport(path: string, texts: readonly string[]): Promise<void> {
  const logs = ['mail.log.gz', 'dovecot.log.gz', 'query.log.gz'].map((name) => join(RECORDING, name));
  const { correlations, alerts, summary } = await analysisOf(logs, { config: join(RECORDING, 'mxwarden.yaml') });
  const builder = new ReportBuilder(windowSizes(['30s', '1h', '1d']), () => 'UTC');
  for (const text of texts) {
    for (const document of correlations) builder.add(jsonObject(hostile(document, text)), []);
    const ofText = alerts.map((alert) => {
      const made = jsonObject(hostile(alert, text));
      objectAt(made, ['mxwarden', 'incident']).known = text;
      objectAt(made, ['mxwarden', 'effect']).text = text;
      return { ...made, rule: alert.rule };
    });
    builder.add({}, ofText);
  }
  const summaries = texts.map((text) => summaryOf(hostile(summary, text)));
  const report = builder.finish({
    ...summary,
    servers: summaries.flatMap(({ servers }) => servers),
    resolvers: summaries.flatMap(({ resolvers }) => resolvers),
    inputs: summaries.flatMap(({ inputs }) => inputs),
  });
  writeFileSync(path, [...pagePieces(report, await readPageAssets())].join(''));
}

/** JSON of a value with a text in place of each one in it; of subjects and identities only a part. */
function hostile(value: object, text: string): string {
  return JSON.stringify(value, (key, inner: unknown) => {
    if (typeof inner !== 'string' || KEPT.test(key)) return inner;
    if (key === 'subject') return `${inner.slice(0, inner.indexOf(':'))}:${text}`;
    return key === 'id' ? `${inner} ${text}` : text;
  });
}
