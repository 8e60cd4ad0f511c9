import type { WordsByCode } from './words.ts';

/** What kubenet and its routes can have wrong. */
export const KUBENET: WordsByCode = {
  KUBENET_NO_PODCIDR: {
    summary: 'a node has no pod range, so kubenet sets up no pods there',
    paragraphs: ['kubenet waits for the podCIDR of its node; until then the node is NotReady.'],
    hint: 'start kube-controller-manager with --allocate-node-cidrs=true and --cluster-cidr',
  },
  KUBENET_NO_ROUTE: {
    summary: 'the cloud has no route to the pods of a node',
    paragraphs: [
      "kubenet relies on the network between the nodes. The cloud's controller makes one route per node, and sets the condition NetworkUnavailable where it could not.",
    ],
    causes: [
      'the route controller does not run (--configure-cloud-routes)',
      'missing permissions',
      'a full route table',
    ],
    hint: 'look at the log of the cloud controller manager',
  },
  KUBENET_ROUTE_LIMIT: {
    summary: 'the route table is full',
    paragraphs: [
      'kubenet needs a route per node, and clouds limit how many a table holds. Pods of nodes beyond the limit are not reached from other nodes.',
    ],
    hint: 'use fewer nodes, have the limit raised, or use a plugin that needs no route per node',
  },
};
