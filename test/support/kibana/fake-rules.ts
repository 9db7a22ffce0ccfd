import type { JsonObject } from '../../../src/core/documents/fields.js';
import { textOf } from './objects.js';

/** What Elastic Security answers. */
export interface RuleAnswer {
  readonly status: number;
  readonly body: object;
}

const NEEDED = ['rule_id', 'name', 'description', 'risk_score', 'severity', 'type'];

/** Rules as Elastic Security keeps them, one of an id in each space. */
export class FakeRules {
  readonly kept = new Map<string, JsonObject>();

  constructor(private readonly hasEsql: boolean) {}

  answer(method: string, { space, id, body }: { space: string; id: string; body: JsonObject }): RuleAnswer {
    const ruleId = method === 'GET' ? id : textOf(body.rule_id);
    const there = this.kept.get(`${space}/${ruleId}`);
    const refused = (status: number, message: string): RuleAnswer => ({
      status,
      body: { message, status_code: status },
    });
    if (method !== 'POST' && there === undefined) return refused(404, `rule_id: "${ruleId}" not found`);
    if (method === 'GET') return { status: 200, body: there ?? {} };
    if (method === 'POST' && there !== undefined) return refused(409, `rule_id: "${ruleId}" already exists`);
    const lacking = NEEDED.filter((name) => body[name] === undefined);
    const missing =
      body.type === 'esql' ? body.language !== 'esql' || body.index !== undefined : body.query === undefined;
    if (lacking.length > 0 || missing || (body.type === 'esql' && !this.hasEsql))
      return {
        status: 400,
        body: { statusCode: 400, error: 'Bad Request', message: `[request body]: ${lacking.join(', ')} Invalid input` },
      };
    const kept = this.put(space, ruleId, body, there);
    return { status: 200, body: kept };
  }

  private put(space: string, ruleId: string, body: JsonObject, there: JsonObject | undefined): JsonObject {
    const kept: JsonObject = {
      id: there?.id ?? `so-${this.kept.size}`,
      created_at: '2026-11-23T00:00:00.000Z',
      updated_at: '2026-11-23T00:00:00.000Z',
      immutable: false,
      related_integrations: [],
      required_fields: [],
      setup: '',
      output_index: '',
      revision: typeof there?.revision === 'number' ? there.revision + 1 : 0,
      rule_source: { type: 'internal' },
      ...body,
      // Elastic Security enables what says nothing of it.
      enabled: body.enabled ?? true,
    };
    this.kept.set(`${space}/${ruleId}`, kept);
    return kept;
  }

  /** What somebody changes of a rule in the browser, which counts its version up and writes its own `meta`. */
  edit(space: string, ruleId: string, change: JsonObject): void {
    const { meta, version, ...rule } = this.of(space, ruleId);
    const next = typeof version === 'number' ? version + 1 : 1;
    this.kept.set(`${space}/${ruleId}`, { ...rule, ...change, version: next, meta: { from: '1m' } });
  }

  /** Enables a rule, or gives it actions, which changes nothing else of it. */
  use(space: string, ruleId: string, change: JsonObject): void {
    this.kept.set(`${space}/${ruleId}`, { ...this.of(space, ruleId), ...change });
  }

  private of(space: string, ruleId: string): JsonObject {
    const rule = this.kept.get(`${space}/${ruleId}`);
    if (rule === undefined) throw new Error(`There is no rule ${ruleId}.`);
    return rule;
  }
}
