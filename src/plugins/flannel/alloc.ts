/** The alloc backend (pkg/backend/alloc): flanneld leases a subnet and does nothing else; someone else routes. */
export const buildAlloc = (): void => {};
