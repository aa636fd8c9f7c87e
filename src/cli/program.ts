import { Command, CommanderError } from '@commander-js/extra-typings';
import { buildCommand } from './build/command.ts';
import { callbackCommand } from './callback/command.ts';
import { doctorCommand } from './doctor/command.ts';
import { OWN } from './installation.ts';
import { checkCommand } from './setup/check-command.ts';
import { syncCommand, uninstallCommand } from './setup/commands.ts';
import { initCommand } from './setup/init-command.ts';
import type { Terminal } from './terminal.ts';

/**
 * Runs a command line of `tokenward`. Its exit code is 2 where it is not understood: 1 is for what was found.
 *
 * @param commandLine what stands behind the name of the program
 * @param terminal the process
 */
export async function runCommandLine(commandLine: readonly string[], terminal: Terminal): Promise<void> {
  const program = new Command('tokenward')
    .description('Sets Tokenward up in an app, and checks its configuration and deployments.')
    .version(OWN.version, '-V, --version', 'print the version of the installed package')
    .showSuggestionAfterError()
    .showHelpAfterError('(--help lists the commands)')
    .exitOverride();
  program.addCommand(initCommand(terminal).copyInheritedSettings(program));
  program.addCommand(syncCommand(terminal).copyInheritedSettings(program), { hidden: true });
  program.addCommand(checkCommand(terminal).copyInheritedSettings(program));
  program.addCommand(uninstallCommand(terminal).copyInheritedSettings(program));
  program.addCommand(buildCommand(terminal).copyInheritedSettings(program));
  program.addCommand(callbackCommand(terminal).copyInheritedSettings(program));
  program.addCommand(doctorCommand(terminal).copyInheritedSettings(program));
  try {
    await program.parseAsync(commandLine, { from: 'user' });
  } catch (error) {
    // Commander has already printed the message.
    if (!(error instanceof CommanderError)) throw error;
    terminal.exitCode = error.exitCode === 0 ? 0 : 2;
  }
}
