import type { Reason } from '../dataplane/walk.ts';
import type { ReasonDoc } from './document.ts';
import { ASSUMED } from './reasons/assumed.ts';
import { AZURE } from './reasons/azure.ts';
import { CALICO } from './reasons/calico.ts';
import { CLUSTER } from './reasons/cluster.ts';
import { END } from './reasons/end.ts';
import { FABRIC } from './reasons/fabric.ts';
import { FILE } from './reasons/file.ts';
import { FILTER } from './reasons/filter.ts';
import { FLANNEL } from './reasons/flannel.ts';
import { KUBENET } from './reasons/kubenet.ts';
import { LINK } from './reasons/link.ts';
import { NAMES } from './reasons/names.ts';
import { PROXY } from './reasons/proxy.ts';
import { QUESTION } from './reasons/question.ts';
import { ROUTE } from './reasons/route.ts';
import { SERVICE } from './reasons/service.ts';
import { SERVICE_CAUSES } from './reasons/service-causes.ts';
import { SERVICE_WAY } from './reasons/service-way.ts';
import { WEAVE } from './reasons/weave.ts';
import type { Words, WordsByCode } from './reasons/words.ts';

/** The words by what they are about, in the order in which `k8snet explain` lists them. */
export const GROUPS: readonly (readonly [title: string, words: WordsByCode])[] = [
  ['How a walk ends', END],
  ['Addresses and routes', ROUTE],
  ['Filters', FILTER],
  ['Links, bridges and tunnels', LINK],
  ['The network between the nodes', FABRIC],
  ['Names', NAMES],
  ['The question', QUESTION],
  ['Files', FILE],
  ['The cluster file', CLUSTER],
  ['What becomes of a packet to a Service', SERVICE_WAY],
  ['What is wrong with a Service', SERVICE_CAUSES],
  ['Services in the input', SERVICE],
  ['kube-proxy', PROXY],
  ['calico', CALICO],
  ['flannel', FLANNEL],
  ['kubenet', KUBENET],
  ['Weave Net', WEAVE],
  ['Azure CNI', AZURE],
  ['What an answer rests on', ASSUMED],
];

const ALL: WordsByCode = Object.assign({}, ...GROUPS.map(([, words]) => words));

/** Every code that there are words for. */
export const reasonCodes = (): readonly string[] => Object.keys(ALL).sort();

/** The words for a code. */
export const wordsFor = (code: string): Words | undefined => (Object.hasOwn(ALL, code) ? ALL[code] : undefined);

/** A reason as the document shows it. */
export const reasonDoc = ({ code, detail, dropReason }: Reason): ReasonDoc => {
  const words = wordsFor(code);
  return {
    code,
    summary: words?.summary ?? code.toLowerCase().replaceAll('_', ' '),
    ...(detail !== undefined && detail !== '' && { detail }),
    ...(words?.hint !== undefined && { hint: words.hint }),
    ...(dropReason !== undefined && { dropReason }),
  };
};
