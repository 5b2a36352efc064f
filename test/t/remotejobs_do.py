"""clients/python/remotejobs.py from a shell; used by 0955-remotejobs.t. Prints JSON.

    remotejobs_do.py APP SERVER keys                    SERVER -: this machine
    remotejobs_do.py APP SERVER state KEY [clean]
    remotejobs_do.py APP SERVER submit SETTINGS [N]     SETTINGS: the arguments of create_settings as a JSON array; N: as which submission
    remotejobs_do.py APP SERVER id SETTINGS
    remotejobs_do.py APP SERVER cut SETTINGS FILE AT…   submits it once per AT, which stands in FILE meanwhile; what each of them came to
    remotejobs_do.py APP SERVER home

With SSH in the environment that is the ssh program, with PASSWORD somebody's password, with TRIPS a file that gets a line per round trip.
"""
import json
import os
import sys

import remotejobs

app, server, what, *args = sys.argv[1:]
if 'SSH' in os.environ:
    remotejobs.SSH = os.environ['SSH'].split()
ask = remotejobs._Shell.ask


def counted(self, *words):
    if 'TRIPS' in os.environ:
        with open(os.environ['TRIPS'], 'a') as trips:
            trips.write('.\n')
    return ask(self, *words)


remotejobs._Shell.ask = counted
try:
    with remotejobs.RemoteJobSubmitter(app, None if server == '-' else server, None, os.environ.get('PASSWORD')) as submitter:
        if what == 'keys':
            answer = submitter.settings.list_keys()
            states = [submitter.check_state(*key.rsplit('_', 1)) for key in answer]
            assert [state['jobid'] for state in states] == answer
        elif what == 'state':
            hash, n = args[0].rsplit('_', 1)
            answer = submitter.check_state(hash, int(n), 'clean' in args)
        elif what == 'cut':
            settings, answer = submitter.create_settings(*json.loads(args[0])), []
            with open(args[1], 'w') as cut:
                cut.write('whole')
            hash, n, first = submitter.generate_id(settings)
            for at in args[2:]:
                with open(args[1], 'w') as cut:
                    cut.write(at)
                try:
                    answer.append(submitter.submit_job(settings, hash, n))
                except remotejobs.RemoteJobError as e:
                    answer.append(str(e))
        elif what == 'home':
            answer = [submitter.file_commander.remote.home(), submitter.file_commander.local.home(), submitter.file_commander.remote.path.join('a', 'b')]
        else:
            settings = submitter.create_settings(*json.loads(args[0]))
            hash, n, first = submitter.generate_id(settings)
            answer = [hash, n, first]
            if what == 'submit':
                n = int(args[1]) if len(args) > 1 else n if first else n + 1
                answer = submitter.submit_job(settings, hash, n)
                assert submitter.submit_job(settings, hash, n)['batch'] == answer['batch'], 'it was started twice'
        print(json.dumps(answer))
except (remotejobs.RemoteJobError, ValueError) as e:
    sys.exit('%s: %s' % (type(e).__name__, e))
