/* What the launcher of the portable bundle (packaging/launch.c) leaves to the program. */
#ifndef DOCKET_CLI_BUNDLE_H
#define DOCKET_CLI_BUNDLE_H

/* Gives LD_PRELOAD and LD_AUDIT, which the launcher hid from the bundle's loader, back to the environment, and the process its
 * name. To be called before any process is made; started without the launcher, nothing changes. */
void bundle_settle(void);

#endif
