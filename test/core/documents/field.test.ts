import { expect, test } from '@jest/globals';
import * as field from '../../../src/core/documents/field.js';
import type { Declared } from '../../../src/core/documents/field.js';

test('what is no field of ECS, or is another one there, does not compile', () => {
  const doc = 'a field';
  const declarations: readonly Declared[] = [
    { 'event.kind': field.core(field.keyword(doc)), 'mxwarden.mee.value': field.double(doc) },
    { 'host.ip': field.core(field.many(field.ip(doc))), 'event.severity': field.core(field.long(doc)) },
    // @ts-expect-error -- ECS has no such name.
    { 'event.kinds': field.core(field.keyword(doc)) },
    // @ts-expect-error -- ECS has words here.
    { 'event.kind': field.core(field.long(doc)) },
    // @ts-expect-error -- ECS has a number here.
    { 'event.severity': field.core(field.keyword(doc)) },
    // @ts-expect-error -- ECS has a list here.
    { 'event.category': field.core(field.keyword(doc)) },
    // @ts-expect-error -- ECS has no list here.
    { 'host.name': field.core(field.many(field.keyword(doc))) },
    // @ts-expect-error -- a field of ECS has its level.
    { 'host.name': field.keyword(doc) },
    // @ts-expect-error -- ours are not of ECS.
    { 'mxwarden.mee.value': field.core(field.double(doc)) },
    // @ts-expect-error -- ours are below mxwarden.
    { 'mail.mee': field.double(doc) },
  ];

  expect(declarations).toHaveLength(10);
});

test.each([
  ['constant_keyword', 'keyword'],
  ['match_only_text', 'text'],
  ['keyword', 'keyword'],
  ['double', 'double'],
] as const)('a server of nothing but its core has for %s the type %s', (type, known) => {
  expect(field.coreType(type)).toBe(known);
});
