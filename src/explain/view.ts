import type { Step, Walk } from '../dataplane/walk.ts';
import type { World } from '../fabric/world.ts';
import type { Netns } from '../linux/netns.ts';
import type { Names } from './names.ts';

/** A step among its neighbours, with what is needed to put it into words. */
export type View = {
  readonly world: World;
  readonly names: Names;
  readonly at: string;
  readonly previous?: Step;
  /** All steps before this one. */
  readonly past: readonly Step[];
  readonly next?: Step;
  /** Whether an address was rewritten on the same line before. */
  readonly translated?: boolean;
  /** How the walk ended, for its last step. */
  readonly end?: Pick<Walk, 'verdict' | 'reason'>;
};

/** The namespace of a step; undefined on a segment and outside. */
export const netnsOf = (view: View, step: Step): Netns | undefined =>
  view.world.fabric.segment(step.netns) ? undefined : view.world.netns(step.netns);

export const hostOf = (view: View, step: Step): string => view.names.hostOf(step.netns).host;
