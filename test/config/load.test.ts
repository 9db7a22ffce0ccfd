import { describe, expect, test } from '@jest/globals';
import { ConfigError, loadConfig } from '../../src/config/load.js';

/** The problems of a file's text; none if it can be used. */
function problemsOf(text: string, overrides: Record<string, unknown> = {}): readonly string[] {
  try {
    loadConfig({ name: 'mx.yaml', text }, overrides);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.message).toBe(error.problems.join('\n'));
    return error.problems;
  }
}

test('without a file, or with an empty one, all settings have their defaults', () => {
  const defaults = {
    windows: ['5m', '1h', '1d'],
    out_of_orderness: '30s',
    allowed_lateness: '1h',
    future_skew: '5m',
    gap_fill: '1d',
    client_cap: 4096,
    servers: [],
  };

  expect(loadConfig(undefined, {})).toEqual(defaults);
  for (const text of ['', '\n', '# nothing\n', '---\n', '{}', 'null'])
    expect(loadConfig({ name: 'mx.yaml', text }, {})).toEqual(defaults);
});

test('a server has defaults as well', () => {
  const { servers } = loadConfig({ name: 'mx.yaml', text: 'servers:\n  - id: mx\n' }, {});

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
  test('are all reported at once, each with its file and line', () => {
    const text = [
      'windows: [5m, 7m]',
      'yaer: 2003',
      'timezone: Mars/Olympus',
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

    expect([...problemsOf(text)].sort()).toEqual([
      'mx.yaml:10: servers.0.own_networks.1: is no address or network such as 192.0.2.0/24',
      'mx.yaml:11: servers.1.id: a stands there twice',
      'mx.yaml:1: windows.1: must divide 1h, or be 1h or 1d',
      'mx.yaml:2: yaer: is no setting',
      'mx.yaml:3: timezone: is no time zone such as Europe/Berlin',
      expect.stringMatching(/^mx\.yaml:4: client_cap: /),
      'mx.yaml:7: servers.0.probs: is no setting',
    ]);
  });

  test('that a setting is missing have the line of what it is missing in', () => {
    expect(problemsOf('windows: [5m]\nservers:\n  - hosts: [a]\n')).toEqual([
      expect.stringMatching(/^mx\.yaml:3: servers\.0\.id: /),
    ]);
  });

  test.each([
    ['windows: 5m', /^mx\.yaml:1: windows: /],
    ['windows: []', /^mx\.yaml:1: windows: /],
    ['servers:\n  - null', /^mx\.yaml:2: servers\.0: /],
    ['servers:\n  a: 1', /^mx\.yaml:2: servers: /],
    ['constructor: 1', /^mx\.yaml:1: constructor: is no setting/],
    ['client_cap:\n', /^mx\.yaml:\d: client_cap: /],
    ['[1, 2]', /^mx\.yaml: must be a list of settings/],
    ['just words', /^mx\.yaml: must be a list of settings/],
    ['7', /^mx\.yaml: must be a list of settings/],
  ])('of %j are told', (text, problem) => {
    expect(problemsOf(text)).toEqual([expect.stringMatching(problem)]);
  });

  test.each(['a: [', 'windows: [5m]\nwindows: [1h]', 'a: *nothing', '\tb: 1', 'a: 1\n---\nb: 2'])(
    'of text that is no YAML, %j, are told with the name of the file',
    (text) => {
      const problems = problemsOf(text);
      expect(problems.length).toBeGreaterThan(0);
      expect(problems.every((problem) => problem.startsWith('mx.yaml: '))).toBe(true);
    },
  );
});

describe('settings of the command line', () => {
  test('win over the file', () => {
    const file = { name: 'mx.yaml', text: 'windows: [1h]\nyear: 2003\n' };

    expect(loadConfig(file, { windows: ['5m', '1h'], year: undefined })).toMatchObject({
      windows: ['5m', '1h'],
      year: 2003,
    });
  });

  test('are named in their problems', () => {
    expect(problemsOf('windows: [7m]', { windows: ['5m', 'often'] })).toEqual([
      'command line: windows.1: is no duration such as 30s, 5m, 1h or 1d',
    ]);
    expect(() => loadConfig(undefined, { yaer: 1 })).toThrow('command line: yaer: is no setting');
  });

  test('make up for what is wrong in the file', () => {
    expect(problemsOf('windows: [7m]', { windows: ['5m'] })).toEqual([]);
  });
});
