-- As read_job takes it.
SELECT j.id, j.account, a.name, j.site, sa.name, s.name, j.app, j.hash, j.n, j.name, j.submission, j.settings, j.queue, q.name,
       qa.name, j.scale, j.workers, j.cores, j.walltime, j.state, j.wanted, j.reason, j.batch, j.exitcode, j.credential,
       j.files, j.files_ref, j.submitted, j.started, j.finished, j.seen, j.cleaned, j.adopted, j.rev
FROM job j JOIN account a ON a.id = j.account JOIN site s ON s.id = j.site JOIN account sa ON sa.id = s.account
LEFT JOIN queue q ON q.id = j.queue AND q.deleted IS NULL LEFT JOIN account qa ON qa.id = q.account
