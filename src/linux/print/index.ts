/** Each piece of kernel state on one line, as the Linux tool prints it. The blocks of whole tools are in the files beside this one. */
export { printAddress } from './address.ts';
export { printFdb } from './fdb.ts';
export { printRealServer, printVirtualServer } from './ipvs.ts';
export { lineOfRule } from './line.ts';
export { printLinkBrief } from './link.ts';
export { printNeigh } from './neigh.ts';
export { printNftElement } from './nft-element.ts';
export { printRoute } from './route.ts';
export { printRule } from './rule.ts';
export { printXfrm } from './xfrm.ts';
