export { hostsFile } from './hostsFile.ts'
