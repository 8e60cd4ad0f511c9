export { default } from '../flannel/index.ts';
