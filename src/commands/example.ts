export { default } from '../../fixtures/flannel/udp-docker0/cluster.yaml';
