import { ConfigError } from '../config/load.js';
import { accessMapText } from '../core/respond/access-map.js';
import { parseAction } from '../core/respond/map-entry.js';
import type { EntryAction } from '../core/respond/map-entry.js';
import { LAYERS } from '../core/respond/proposal.js';
import type { Layer } from '../core/respond/proposal.js';
import type { Told } from '../core/respond/told.js';
import { readAlerts, readEnd } from '../files/alerts.js';
import { escapeControls } from '../report/escape-controls.js';

/** Options as the command line has them. */
export interface AccessMapCommandOptions {
  readonly incident?: string;
  readonly action?: string;
  readonly layer?: string;
  readonly previous?: string;
}

/** Identities that are named where one is not among them. */
const IDS_NAMED = 20;

/**
 * Prints the entries for Postfix that the incidents of an analysis propose, out of the folder of its results.
 * @throws ConfigError, SourceError.
 */
export async function runAccessMap(
  folder: string,
  options: AccessMapCommandOptions,
  print: (text: string) => Promise<void> | void,
): Promise<void> {
  const action = actionOption(options.action);
  const layer = layerOption(options.layer);
  const alerts = await readAlerts(folder);
  const previous = options.previous === undefined ? [] : await readAlerts(options.previous);
  if (options.incident !== undefined) expectIncident(options.incident, [...alerts, ...previous], folder);
  const endMs = await readEnd(folder);
  await print(accessMapText(alerts, { incident: options.incident, action, layer, previous, endMs }));
}

function actionOption(text: string | undefined): EntryAction | undefined {
  if (text === undefined) return undefined;
  const action = parseAction(text);
  if (action !== undefined) return action;
  const names = 'warn, defer, hold, reject, discard, dunno, ok or filter:TRANSPORT:DESTINATION';
  throw new ConfigError([`command line: action: ${JSON.stringify(text)} must be ${names}`]);
}

function layerOption(text: string | undefined): Layer | undefined {
  if (text === undefined) return undefined;
  const layer = LAYERS.find((name) => name === text);
  if (layer !== undefined) return layer;
  throw new ConfigError([`command line: layer: ${JSON.stringify(text)} must be one of ${LAYERS.join(', ')}`]);
}

function expectIncident(incident: string, alerts: readonly Told[], folder: string): void {
  const ids = [...new Set(alerts.map(({ id }) => id))];
  if (ids.includes(incident)) return;
  const last = ids.slice(-IDS_NAMED).map(escapeControls);
  const known = ids.length === 0 ? 'there is none' : `there are:\n${last.join('\n')}`;
  throw new ConfigError([
    `command line: incident: ${JSON.stringify(incident)} is none of those in ${folder}; ${known}`,
  ]);
}
