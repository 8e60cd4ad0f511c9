/** A YAML file imports as its text (build.mjs and vitest.config.ts both see to it). */
declare module '*.yaml' {
  const text: string;
  export default text;
}
