/* Process 1 of a container: what an init must do, in the program itself. */
#ifndef DOCKET_CLI_FIRST_PROCESS_H
#define DOCKET_CLI_FIRST_PROCESS_H

/* Where this is process 1: forks, and returns only in the child, which goes on with the program. The parent hands every signal
 * it gets on to the child, reaps every orphan, and exits as the child does: with its status, or 128 + its signal.
 * Elsewhere it returns at once. To be called before anything is opened or started. */
void first_process_guard(void);

#endif
