// How electron-builder makes installers. Electron's archive holds the bundled shell and nothing else; the host, its packages with their
// WebAssembly files, TensorFlow where the building machine has it, and Node lie beside it as plain files, since a stock Node reads no archive.
import { join } from 'node:path';
import { root } from './prepare.mjs';

/** Files that scans come in. Folders of DICOM files are opened by dropping them or from the menu. */
const ASSOCIATIONS = [
  { ext: ['nii', 'nii.gz'], name: 'NIfTI image', description: 'NIfTI image', mimeType: 'application/x-nifti' },
  { ext: 'nrrd', name: 'NRRD image', description: 'NRRD image', mimeType: 'application/x-nrrd' },
  { ext: ['mha', 'mhd'], name: 'MetaImage', description: 'MetaImage', mimeType: 'application/x-metaimage' },
  { ext: 'dcm', name: 'DICOM file', description: 'DICOM file', mimeType: 'application/dicom' },
];

/**
 * @param {{ host: string, node: string, output: string, electronDist?: string }} given the staged host, the Node to ship, where to write,
 * and Electron's distribution where it is not to be fetched
 */
export function packagingConfig({ host, node, output, electronDist }) {
  const icons = join(root, 'resources', 'icons');
  return {
    appId: 'org.tessera.workstation',
    productName: 'Tessera',
    artifactName: 'tessera-${version}-${os}-${arch}.${ext}',
    copyright: 'Apache-2.0',
    directories: { output, buildResources: icons },
    ...(electronDist === undefined ? {} : { electronDist }),
    asar: true,
    // The host runs on a stock Node: nothing is compiled for Electron's own.
    npmRebuild: false,
    files: ['dist/electron/main.js', 'dist/electron/preload.cjs', 'resources/icons/tessera.png', '!node_modules/**'],
    extraMetadata: { main: 'dist/electron/main.js' },
    extraResources: [
      { from: host, to: 'host', filter: ['**/*'] },
      // A folder called node_modules is left out of the line above.
      { from: join(host, 'node_modules'), to: join('host', 'node_modules'), filter: ['**/*'] },
      { from: node, to: join('node', process.platform === 'win32' ? 'node.exe' : 'node') },
      { from: join(root, 'LICENSE'), to: 'LICENSE' },
      { from: join(root, 'NOTICE'), to: 'NOTICE' },
    ],
    electronFuses: {
      runAsNode: false,
      enableCookieEncryption: true,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      loadBrowserProcessSpecificV8Snapshot: false,
      grantFileProtocolExtraPrivileges: false,
    },
    fileAssociations: ASSOCIATIONS.map((association) => ({ ...association, role: 'Viewer' })),
    linux: {
      target: ['AppImage', 'deb'],
      icon: join(icons, 'linux'),
      category: 'Science;MedicalSoftware',
      synopsis: 'Learns from private CT and MR scans, on this machine',
      maintainer: 'Tessera maintainers',
      executableName: 'tessera',
      mimeTypes: ['inode/directory'],
    },
    win: { target: ['nsis'], icon: join(icons, 'tessera.ico') },
    nsis: { oneClick: false, perMachine: false, allowToChangeInstallationDirectory: true },
    mac: { target: ['dmg'], icon: join(icons, 'tessera.icns'), category: 'public.app-category.medical', hardenedRuntime: true },
    // Nothing is sent anywhere: no update is looked for, none is published.
    publish: null,
  };
}
