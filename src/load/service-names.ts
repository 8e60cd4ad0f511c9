/** The syntax of names in the Kubernetes API (k8s.io/apimachinery/pkg/util/validation), and how to say it. */
export type NameRule = { readonly fits: (name: string) => boolean; readonly words: string };

/** RFC 1123 label: names of ports and namespaces. */
export const LABEL: NameRule = {
  fits: (name) => name.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name),
  words: 'at most 63 lower-case letters, digits and hyphens, no hyphen first or last',
};

/** RFC 1123 subdomain: what an ExternalName points to. */
export const SUBDOMAIN: NameRule = {
  fits: (name) => name.length <= 253 && name.split('.').every((label) => /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(label)),
  words: 'lower-case letters, digits, hyphens and dots',
};

/** The name of a container port (IANA service name). */
export const PORT_NAME: NameRule = {
  fits: (name) =>
    name.length <= 15 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name) && /[a-z]/.test(name) && !name.includes('--'),
  words: 'at most 15 lower-case letters, digits and single hyphens, one letter among them',
};
