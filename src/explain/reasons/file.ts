import type { WordsByCode } from './words.ts';

/** What can be wrong with a file before its meaning is looked at. */
export const FILE: WordsByCode = {
  NO_INPUT: {
    summary: 'no cluster was found',
    paragraphs: [
      'Without -f, k8snet looks for k8snet.yaml or cluster.yaml in the current folder; with -f, in the files and folders that are named. None of them describes a cluster.',
    ],
    hint: 'name a cluster file with -f, or the output of `kubectl get nodes,pods -A -o yaml`',
  },
  FILE_NOT_FOUND: {
    summary: 'there is no such file',
    paragraphs: ['The path after -f names neither a file nor a folder.'],
    hint: 'check the path; a dash (-f -) reads standard input',
  },
  FILE_UNREADABLE: {
    summary: 'the file cannot be read',
    paragraphs: ['The operating system refused to read the file; the message has its reason.'],
    hint: 'check the permissions of the file',
  },
  FILE_TOO_LARGE: {
    summary: 'the file is too large to be read as one text',
    paragraphs: [
      'A YAML file is read as one text, whose length is limited. JSON is read item by item and may be longer.',
    ],
    hint: 'write the dump as JSON (-o json), or in one file per kind or namespace',
  },
  EMPTY_FILE: {
    summary: 'the file is empty',
    paragraphs: ['The file was named with -f and holds nothing.'],
    hint: 'check whether the command that wrote it failed',
  },
  NOT_TEXT: {
    summary: 'the file is no text',
    paragraphs: [
      'Cluster files and dumps are UTF-8 text. This one holds bytes that are none: an archive, for example, or UTF-16 as some Windows shells write it.',
    ],
    hint: 'unpack archives first; in PowerShell, write with `Out-File -Encoding utf8`',
  },
  NOT_A_CLUSTER: {
    summary: 'the document is neither a cluster file nor a Kubernetes object',
    paragraphs: [
      'A cluster in the short form has keys such as `plugin`, `subnets`, `nodes` and `pods`; a Kubernetes object has `apiVersion` and `kind`.',
    ],
    hint: 'look at fixtures/flannel for examples; `k8snet schema` prints what is allowed',
  },
  YAML_SYNTAX: {
    summary: 'the text is no valid YAML or JSON',
    paragraphs: ['The caret in the message stands where the text can no longer be understood.'],
    causes: [
      'tabs instead of spaces in the indentation',
      'a quote or bracket that is not closed',
      'a colon without a space',
    ],
    hint: 'look at the line of the caret and at the one before',
  },
  YAML_ALIAS: {
    summary: 'an alias (*name) cannot be followed',
    paragraphs: [
      'The anchor (&name) that an alias refers to must stand before it, and must not contain it. What all aliases together expand to is limited, since a few lines could otherwise fill the memory.',
    ],
    hint: 'write the values out',
  },
  YAML_KEY: {
    summary: 'a key is a list, a mapping or an alias',
    paragraphs: ['YAML allows anything as a key; here only plain words make sense.'],
    hint: 'put quotes around a key that has brackets or a star in it',
  },
  YAML_MERGE: {
    summary: 'only mappings can be merged with <<',
    paragraphs: ['`<<: *name` takes the keys of another mapping over. What it refers to is something else.'],
    hint: 'write the keys out',
  },
  YAML_TAG: {
    summary: 'a tag (!name) is unknown',
    paragraphs: ['Tags give values a type of some program. Cluster files need none.'],
    hint: 'remove the tag',
  },
};
