import { spawn } from 'node:child_process';

/**
 * Asks the system to open an address, where it has a screen and something to open it with. Where it has not, nothing happens and nothing is
 * said: the address was printed for that.
 * @returns whether the system was asked
 */
export function openInBrowser(
  address: string,
  platform: NodeJS.Platform = process.platform,
  env: NodeJS.ProcessEnv = process.env,
): boolean {
  const [program, ...args] = openerOf(platform, env);
  if (program === undefined) return false;
  const child = spawn(program, [...args, address], { stdio: 'ignore', detached: true, env });
  child.on('error', () => undefined);
  child.unref();
  return true;
}

function openerOf(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): readonly string[] {
  if (platform === 'darwin') return ['open'];
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler'];
  // Without a display xdg-open would start a browser for terminals, in this terminal.
  return env['DISPLAY'] || env['WAYLAND_DISPLAY'] ? ['xdg-open'] : [];
}
