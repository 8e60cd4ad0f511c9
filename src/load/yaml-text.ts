import { parseEvents } from 'js-yaml';
import { buildYaml, type Spans } from './yaml.ts';

/** The value of a YAML text of one document, {} where it is empty; undefined where it has a flaw or several documents. */
export const valueOfYaml = (text: string, spans?: Spans): unknown => {
  try {
    const { documents, flaws } = buildYaml(text, parseEvents(text, {}), spans);
    return flaws.length === 0 && documents.length <= 1 ? (documents[0]?.value ?? {}) : undefined;
  } catch {
    return undefined;
  }
};
