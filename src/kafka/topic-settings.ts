import kafkajs from 'kafkajs';
import type { Admin } from 'kafkajs';
import { failureOf } from './errors.js';

/** What a setting of each topic is; nothing where we may not know it: who may only read or write cannot ask for it. */
export async function settingOf(
  admin: Admin,
  topics: readonly string[],
  setting: string,
): Promise<ReadonlyMap<string, string>> {
  const type = kafkajs.ConfigResourceTypes.TOPIC;
  const resources = topics.map((name) => ({ type, name, configNames: [setting] }));
  try {
    const answer = await admin.describeConfigs({ resources, includeSynonyms: false });
    return new Map(
      answer.resources.flatMap(({ resourceName, configEntries: [entry] }) =>
        entry === undefined ? [] : [[resourceName, entry.configValue]],
      ),
    );
  } catch (error) {
    if (failureOf(error).type.endsWith('AUTHORIZATION_FAILED')) return new Map();
    throw error;
  }
}
