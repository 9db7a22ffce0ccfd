import { describe, expect, test } from '@jest/globals';
import { kibanaObjects } from '../../src/kibana/objects.js';
import { exported } from '../../src/kibana/saved-object.js';
import { isObject } from '../../src/core/documents/value.js';
import { lint } from '../support/kibana/lint.js';

/** An example is the good file with something in it replaced, by text: quotes within a text of JSON have a backslash. */
const GOOD = exported(kibanaObjects());

function inLine(start: string, from: string | RegExp, to: string): string {
  const lines = GOOD.split('\n').map((line) => {
    if (!line.includes(start)) return line;
    const changed = line.replace(from, to);
    if (changed === line) throw new Error(`${String(from)} is not in ${start}`);
    return changed;
  });
  const text = lines.join('\n');
  if (text === GOOD) throw new Error(`${start} is not there.`);
  return text;
}

const SEARCH = '{"id":"mxwarden-relay-denied"';
const SERVER = '{"id":"mxwarden-server"';
const OVERVIEW = '{"id":"mxwarden-overview"';
const VIEW = '{"id":"mxwarden-alert"';

test('it accepts what is good', () => {
  expect(lint(GOOD)).toEqual([]);
});

describe('it rejects', () => {
  test.each([
    ['1: a line that is no object', `[]\n${GOOD}`, 'Line 1 is no object'],
    ['1: a line that is no JSON', `{"id":\n${GOOD}`, 'Line 1 is no object'],
    ['1: a last line without end', GOOD.trimEnd(), 'The last line has no end.'],
    ['1: an object twice', `${GOOD.split('\n')[0] ?? ''}\n${GOOD}`, 'is there twice'],
    ['1: an id that tells nothing', inLine(SEARCH, 'mxwarden-relay-denied', 'b3a45824'), 'is no name of ours'],
    [
      '2: a form newer than the oldest Kibana',
      inLine(SERVER, '"typeMigrationVersion":"8.9.0"', '"typeMigrationVersion":"10.2.0"'),
      'typeMigrationVersion is not 8.9.0',
    ],
    [
      '2: a core newer than the oldest Kibana',
      inLine(SEARCH, '"coreMigrationVersion":"8.8.0"', '"coreMigrationVersion":"9.0.0"'),
      'coreMigrationVersion is not 8.8.0',
    ],
    ['2: a type of another making', inLine(SEARCH, '"type":"search"', '"type":"tag"'), 'a type that we do not make'],
    ['3: an attribute that is not known', inLine(SEARCH, '"grid":{}', '"grid":{},"tabs":[]'), 'attribute tabs'],
    ['3: a key that is not known', inLine(SEARCH, '"managed":false', '"accessControl":{}'), 'key accessControl'],
    ['3: a search without columns', inLine(SEARCH, '"columns":', '"description":'), 'columns is missing'],
    [
      '3: a part of the controls that is not known',
      inLine(SERVER, '"controlStyle":', '"showApplySelections":false,"controlStyle":'),
      'controlGroupInput showApplySelections',
    ],
    ['4: JSON that is no text', inLine(SERVER, /"optionsJSON":"[^}]*}"/, '"optionsJSON":{}'), 'optionsJSON is no text'],
    ['4: a text that is no JSON', inLine(SERVER, '"panelsJSON":"[{', '"panelsJSON":"[{{'), 'panelsJSON is no text'],
    ['4: formats that are no text', inLine(VIEW, /"fieldFormatMap":"/, '"fieldFormatMap":"{'), 'fieldFormatMap is no'],
    [
      '5: a name without its reference',
      inLine(SEARCH, '"references":[{"name":"kibanaSavedObjectMeta.', '"references":[{"name":"'),
      'there is no reference kibanaSavedObjectMeta.searchSourceJSON.index',
    ],
    [
      '5: a reference to what is not there',
      inLine(
        SEARCH,
        '"type":"index-pattern","id":"mxwarden-rejection"',
        '"type":"index-pattern","id":"mxwarden-lines"',
      ),
      'index-pattern mxwarden-lines is not in the file',
    ],
    [
      '5: a reference without a name',
      inLine(SEARCH, '"name":"kibanaSavedObjectMeta.searchSourceJSON.index","type"', '"name":"","type"'),
      'reference ""',
    ],
    [
      '6: a reference of a panel that the dashboard lacks',
      inLine(SERVER, '"name":"server-curves:indexpattern', '"name":"server-curve:indexpattern'),
      'the dashboard lacks the reference server-curves:indexpattern-datasource-layer-layer',
    ],
    [
      '6: a way to another dashboard that the dashboard lacks',
      inLine(OVERVIEW, '"name":"overview-servers:drilldown:', '"name":"overview-servers:way:'),
      'the dashboard lacks the reference overview-servers:drilldown:DASHBOARD_TO_DASHBOARD_DRILLDOWN:to-server',
    ],
    [
      '6: a search of a panel that the dashboard lacks',
      inLine(SERVER, '"name":"server-abnormal:panel_', '"name":"server-abnormal:p_'),
      'the dashboard lacks the reference server-abnormal:panel_server-abnormal',
    ],
    [
      '6: a control without its data view',
      inLine(SERVER, '"name":"controlGroup_server:', '"name":"controlGroup_x:'),
      'control server has no data view',
    ],
    [
      '7: an order that lacks a column',
      inLine(SERVER, String.raw`\"columnOrder\":[\"x\",`, String.raw`\"columnOrder\":[`),
      'columnOrder of layer layer is not its columns',
    ],
    [
      '7: an accessor without a column',
      inLine(SERVER, String.raw`\"xAccessor\":\"x\"`, String.raw`\"xAccessor\":\"y\"`),
      'there is no column y',
    ],
    [
      '7: a column of a table that is not there',
      inLine(OVERVIEW, String.raw`{\"columnId\":\"score\"`, String.raw`{\"columnId\":\"scores\"`),
      'there is no column scores',
    ],
    [
      '7: a formula without its parts',
      inLine(SERVER, String.raw`\"references\":[\"adjustedX2\"]`, String.raw`\"references\":[\"adjustedX3\"]`),
      'there is no column adjustedX3',
    ],
    [
      '7: a layer without its data view',
      inLine(SERVER, String.raw`\"name\":\"indexpattern-datasource-layer-layer\"`, String.raw`\"name\":\"x\"`),
      'layer layer has no data view',
    ],
    [
      '7: an order by what Lens cannot order by',
      inLine(OVERVIEW, String.raw`\"columnId\":\"severity\"},`, String.raw`\"columnId\":\"advice\"},`),
      'Lens cannot order by advice',
    ],
    [
      '9: a way to a dashboard that it would empty',
      inLine(OVERVIEW, String.raw`\"sourceField\":\"source.ip\"`, String.raw`\"sourceField\":\"rule.name\"`),
      'on the way to mxwarden-clients: no client has a field rule.name',
    ],
    ['8: a panel that is too wide', inLine(SERVER, String.raw`\"w\":48`, String.raw`\"w\":49`), 'not on the dashboard'],
    ['8: a panel over another', inLine(SERVER, String.raw`\"x\":24`, String.raw`\"x\":23`), 'it covers server-curves'],
    [
      '9: a column that no document has',
      inLine(SEARCH, '"mxwarden.rejection.helo"', '"mxwarden.rejection.ehlo"'),
      'no rejection has a field mxwarden.rejection.ehlo',
    ],
    [
      '9: a query of a field of another kind',
      inLine(SEARCH, 'mxwarden.rejection.reason:', 'mxwarden.window.size:'),
      'no rejection has a field mxwarden.window.size',
    ],
    [
      '9: an order by what no document has',
      inLine(SEARCH, '"sort":[["@timestamp"', '"sort":[["timestamp"'),
      'no rejection has a field timestamp',
    ],
    [
      '9: a number of a field that no document has',
      inLine(SERVER, String.raw`\"sourceField\":\"mxwarden.demand.rest\"`, String.raw`\"sourceField\":\"rest\"`),
      'no correlation has a field rest',
    ],
    [
      '9: a sum of words',
      inLine(SERVER, String.raw`\"sourceField\":\"mxwarden.demand.rest\"`, String.raw`\"sourceField\":\"host.name\"`),
      'host.name has no sum',
    ],
    [
      '9: a number of what is only shown',
      inLine(
        OVERVIEW,
        String.raw`\"sourceField\":\"mxwarden.incident.advice\"`,
        String.raw`\"sourceField\":\"message\"`,
      ),
      'message cannot be counted by',
    ],
    [
      '9: a formula of a field that no document has',
      inLine(SERVER, 'sum(mxwarden.mee.accepted)', 'sum(mxwarden.mee.taken)'),
      'no correlation has a field mxwarden.mee.taken',
    ],
    [
      '9: a control that would empty a panel',
      inLine(SERVER, String.raw`\"fieldName\":\"mxwarden.subject\"`, String.raw`\"fieldName\":\"source.address\"`),
      'no correlation has a field source.address',
    ],
    [
      '9: a format of a field that no document has',
      inLine(VIEW, String.raw`\"source.ip\":`, String.raw`\"client.ip\":`),
      'no alert has a field client.ip',
    ],
    [
      '9: a picture of a field that no document has',
      inLine(SERVER, /"mxwarden\.dns\.queries(\\*")/, '"mxwarden.dns.question$1'),
      'no correlation has a field',
    ],
    ['10: free text', inLine(SEARCH, 'mxwarden.rejection.reason: ', ''), 'free text is not for us'],
    ['10: a query that does not end', inLine(SEARCH, String.raw`relay_denied\\\"`, 'relay_denied'), 'KQL: '],
    ['11: a picture that is no JSON', inLine(SERVER, String.raw`\"spec\":\"{`, String.raw`\"spec\":\"`), 'Vega says'],
    [
      '11: a picture of another version',
      inLine(SERVER, 'vega-lite/v5.json', 'vega-lite/v9.json'),
      'no specification of Vega-Lite 5',
    ],
    ['11: a mark that is none', inLine(SERVER, /(type\\+": \\+")point/, '$1pont'), 'Vega says'],
    ['12: a wrong count', GOOD.replace(/"exportedCount":\d+/, '"exportedCount":1'), 'The last line counts 1 of'],
    ['12: no count', GOOD.replace(/\{"exportedCount".*\n$/, ''), 'The last line does not count'],
  ])('%s', (_, text, problem) => {
    expect(lint(text).join('\n')).toContain(problem);
  });
});

test('each object has the keys of an export, and no others', () => {
  for (const line of GOOD.trimEnd().split('\n').slice(0, -1)) {
    const value: unknown = JSON.parse(line);
    expect(isObject(value) ? Object.keys(value).sort() : []).toEqual([
      'attributes',
      'coreMigrationVersion',
      'id',
      'managed',
      'references',
      'type',
      'typeMigrationVersion',
    ]);
  }
});
