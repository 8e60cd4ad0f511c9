import { expect, test } from 'vitest';
import { didYouMean, distance, nearest } from '../../src/model/suggest.ts';

test.for([
  ['pod-a', 'pod-a', 0],
  ['pod-a', 'pod-b', 1],
  ['PodCidr', 'podCIDR', 0],
  ['recieve', 'receive', 1],
  ['mtuu', 'mtu', 1],
  ['', 'abc', 3],
  ['kitten', 'sitting', 3],
] as const)('%s and %s are %i edits apart', ([a, b, want]) => expect(distance(a, b)).toBe(want));

test.for([
  ['subnet', ['plugin', 'subnets', 'nodes'], 'subnets'],
  ['nod', ['name', 'node', 'ip'], 'node'],
  ['frobnicate', ['name', 'node', 'ip'], undefined],
  ['pd', ['ip', 'pod', 'node'], 'pod'],
  ['x', [], undefined],
] as const)('%s, among %j, means %s', ([word, candidates, want]) => {
  expect(nearest(word, candidates)).toBe(want);
  expect(didYouMean(word, candidates)).toBe(want && `did you mean "${want}"?`);
});
