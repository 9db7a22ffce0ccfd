import { describe, expect, test } from '@jest/globals';
import { ConfigError, loadConfig } from '../../src/config/load.js';

/** The problems of a file's text; none if it can be used. */
async function problemsOf(
  text: string,
  overrides: Record<string, unknown> = {},
  machineTimezone = 'UTC',
): Promise<readonly string[]> {
  try {
    await loadConfig({ name: 'mx.yaml', text }, overrides, machineTimezone);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.message).toBe(error.problems.join('\n'));
    return error.problems;
  }
}

test('without a file, or with an empty one, all settings have their defaults', async () => {
  const defaults = {
    windows: ['5m', '1h', '1d'],
    timezone: 'Asia/Tokyo',
    dns_duplicates: 'count',
    out_of_orderness: '30s',
    allowed_lateness: '1h',
    future_skew: '5m',
    gap_fill: '1d',
    client_cap: 4096,
    dns_duplicates: 'count',
    servers: [],
    known: [],
    enrichment: {},
    recipients: 'domain',
    profile: 'learned',
    holidays: [],
    working_days: [],
    stream: {
      epoch: 0,
      group: 'mxwarden',
      idle: '2s',
      max_skew: '1h',
      session_timeout: '30s',
      listen: '127.0.0.1:9469',
      log_level: 'info',
    },
  };

  expect(await loadConfig(undefined, {}, 'Asia/Tokyo')).toEqual(defaults);
  for (const text of ['', '\n', '# nothing\n', '---\n', '{}', 'null'])
    expect(await loadConfig({ name: 'mx.yaml', text }, {}, 'Asia/Tokyo')).toEqual(defaults);
});

test('a server has defaults as well', async () => {
  const { servers } = await loadConfig({ name: 'mx.yaml', text: 'servers:\n  - id: mx\n' }, {}, 'UTC');

  expect(servers).toEqual([
    {
      id: 'mx',
      instances: [],
      addresses: [],
      services: {},
      reinjection: [],
      own_networks: [],
      partners: [],
      probes: [],
      not_probes: [],
      dns_vantage: 'stub',
    },
  ]);
});

describe('problems', () => {
  test('of a country are told with their line', async () => {
    expect(await problemsOf('year: 2026\ncountry: XX\n')).toEqual([
      'mx.yaml:2: country: "XX" is no country of ISO 3166 such as AT whose holidays are known',
    ]);
    expect(await problemsOf('country: DE-XX\n')).toEqual([
      'mx.yaml:1: country: "DE-XX" is no part of DE whose holidays are known',
    ]);
    expect(await problemsOf('country: DE-BY\n')).toEqual([]);
    expect(await problemsOf('year: 1\ncountry: XX\n')).toEqual([
      'mx.yaml:1: year: 1 must be a year from 1990 to 2200',
      'mx.yaml:2: country: "XX" is no country of ISO 3166 such as AT whose holidays are known',
    ]);
    expect(await problemsOf('country: x\n')).toHaveLength(1);
  });

  test('are all reported at once, each with its file and line', async () => {
    const text = [
      'windows: [5m, 7m]',
      'yaer: 2003',
      'timezone: Mars/Olympus',
      'year: soon',
      'client_cap: 3',
      'servers:',
      '  - id: a',
      '    probs: []',
      '    own_networks:',
      '      - 192.0.2.0/24',
      '      - 192.0.2.0/99',
      '  - id: a',
      '    hosts: [b]',
    ].join('\n');

    expect((await problemsOf(text)).toSorted()).toEqual([
      'mx.yaml:11: servers.0.own_networks.1: "192.0.2.0/99" is no address or network such as 192.0.2.0/24',
      'mx.yaml:12: servers.1.id: a stands there twice',
      'mx.yaml:1: windows.1: "7m" must divide 1h, or be 1h or 1d',
      'mx.yaml:2: yaer: is no setting',
      'mx.yaml:3: timezone: "Mars/Olympus" is no time zone such as Europe/Berlin',
      'mx.yaml:4: year: "soon" must be a year from 1990 to 2200',
      expect.stringMatching(/^mx\.yaml:5: client_cap: /),
      'mx.yaml:8: servers.0.probs: is no setting',
    ]);
  });

  test('that a setting is missing have the line of what it is missing in', async () => {
    expect(await problemsOf('windows: [5m]\nservers:\n  - hosts: [a]\n')).toEqual([
      expect.stringMatching(/^mx\.yaml:3: servers\.0\.id: /),
    ]);
  });

  test('that settings do not exist are told of each', async () => {
    const text = 'x: 1\nconstructor: 2\n__proto__: 3\nservers:\n  - {id: a, y: 1, toString: 2}';

    expect((await problemsOf(text)).toSorted()).toEqual([
      'mx.yaml:1: x: is no setting',
      'mx.yaml:2: constructor: is no setting',
      'mx.yaml:3: __proto__: is no setting',
      'mx.yaml:5: servers.0.toString: is no setting',
      'mx.yaml:5: servers.0.y: is no setting',
    ]);
  });

  test.each([
    ['windows: 5m', /^mx\.yaml:1: windows: /],
    ['windows: []', /^mx\.yaml:1: windows: /],
    ['servers:\n  - null', /^mx\.yaml:2: servers\.0: /],
    ['servers:\n  - [id]', /^mx\.yaml:2: servers\.0: must be a server such as /],
    ['servers:\n  a: 1', /^mx\.yaml:2: servers: /],
    ['servers: [{id: a, services: []}]', /^mx\.yaml:1: servers\.0\.services: must be roles such as /],
    ['servers: [{id: a, services: {b: c}}]', /^mx\.yaml:1: servers\.0\.services\.b: .*"mx".*"c"/],
    ['client_cap: 3.5', /^mx\.yaml:1: client_cap: .*3\.5/],
    ['year: 3.5', /^mx\.yaml:1: year: 3\.5 must be a year from 1990 to 2200$/],
    ['constructor: 1', /^mx\.yaml:1: constructor: is no setting/],
    ['client_cap:\n', /^mx\.yaml:\d: client_cap: /],
    ['[1, 2]', /^mx\.yaml: must be a list of settings/],
    ['just words', /^mx\.yaml: must be a list of settings/],
    ['7', /^mx\.yaml: must be a list of settings/],
  ])('of %j are told', async (text, problem) => {
    expect(await problemsOf(text)).toEqual([expect.stringMatching(problem)]);
  });

  test.each(['a: [', 'windows: [5m]\nwindows: [1h]', 'a: *nothing', '\tb: 1', 'a: 1\n---\nb: 2'])(
    'of text that is no YAML, %j, are told with the name of the file',
    async (text) => {
      const problems = await problemsOf(text);
      expect(problems.length).toBeGreaterThan(0);
      expect(problems.every((problem) => problem.startsWith('mx.yaml: '))).toBe(true);
    },
  );
});

describe('settings of the command line', () => {
  test('win over the file', async () => {
    const file = { name: 'mx.yaml', text: 'windows: [1h]\nyear: 2003\n' };

    expect(await loadConfig(file, { windows: ['5m', '1h'], year: undefined }, 'UTC')).toMatchObject({
      windows: ['5m', '1h'],
      year: 2003,
    });
  });

  test('are named in their problems', async () => {
    expect(await problemsOf('windows: [7m]', { windows: ['5m', 'often'], year: NaN })).toEqual([
      'command line: windows.1: "often" is no duration such as 30s, 5m, 1h or 1d',
      'command line: year: must be a year from 1990 to 2200',
    ]);
    await expect(loadConfig(undefined, { yaer: 1 }, 'UTC')).rejects.toThrow('command line: yaer: is no setting');
  });

  test('make up for what is wrong in the file', async () => {
    expect(await problemsOf('windows: [7m]', { windows: ['5m'] })).toEqual([]);
  });
});

describe("the machine's zone", () => {
  test('is the one where none is given', async () => {
    const file = { name: 'mx.yaml', text: 'timezone: Asia/Tokyo\n' };

    expect((await loadConfig(undefined, {}, 'Europe/Berlin')).timezone).toBe('Europe/Berlin');
    expect((await loadConfig(file, {}, 'Europe/Berlin')).timezone).toBe('Asia/Tokyo');
    expect((await loadConfig(file, { timezone: 'UTC' }, 'Europe/Berlin')).timezone).toBe('UTC');
  });

  test('must fit the windows as any other does', async () => {
    expect(await problemsOf('windows: [1h, 1d]', {}, 'Asia/Kolkata')).toEqual([
      "this machine (or give --timezone): timezone: Asia/Kolkata's offset from UTC is no multiple of the smallest window; add a window of 15m or 5m",
    ]);
    expect(await problemsOf('windows: [30m, 1h, 1d]', {}, 'Asia/Kolkata')).toEqual([]);
    expect(await problemsOf('windows: [1h, 1d]\ntimezone: UTC', {}, 'Asia/Kolkata')).toEqual([]);
  });

  test.each(['Etc/Unknown', ''])('%j is no zone', async (zone) => {
    expect(await problemsOf('', {}, zone)).toEqual([
      `this machine (or give --timezone): timezone: "${zone}" is no time zone such as Europe/Berlin`,
    ]);
  });
});
