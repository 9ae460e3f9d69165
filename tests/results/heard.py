"""What the programs of a run told the runner, and what it makes of that, by
build_records.c."""

import json

from iotest import Program, launched, require, require_equal

# A run of 10 connections with messages of 100 bytes: 30 messages in all, 20 of
# them within a window of 2 s.
HEARD = {
    "asked":
        "{'model':'iocp','connections':10,'pattern':'echo',"
        "'message_bytes':100,'warmup_s':1,'duration_s':2,'seed':7,'repeat':1,"
        "'repeats':1,'place':1,'places':1,'sample_ms':2000,"
        "'disturbance_limit_percent':20}",
    "server":
        "[{'event':'listening','model':'iocp','address':'127.0.0.1',"
        "'port':4711,'protocol':1,'pid':12,'threads':2,"
        "'tuning':{'accepts':64},'socket':{'nodelay':1},"
        "'machine':{'os':'Wine','wine_version':'8.0','cores':2,"
        "'usable_processors':1,'loopback_mode':null},"
        "'unknown':{'cycles':'Wine cannot',"
        "'nonpaged_pool_bytes':'no pool in Wine',"
        "'system_nonpaged_pool_bytes':'no pool in Wine',"
        "'loopback_mode':'not told'},'arrived_us':5000},"
        "{'event':'sample','mark':'empty','t_us':1000,'connections':0,"
        "'threads':3,'working_set_bytes':1000000,'nonpaged_pool_bytes':null,"
        "'host_tcp_memory_bytes':4096,'arrived_us':6500},"
        "{'event':'sample','mark':'begin','t_us':1000000,'connections':10,"
        "'recv_bytes':500,'send_bytes':500,'recvs':5,'sends':5,"
        "'user_us':100000,'kernel_us':100000,'cycles':null,'system_busy_us':0,"
        "'system_idle_us':0,'wineserver_user_us':0,'wineserver_kernel_us':0,"
        "'usable_busy_us':0,'held_up_us':5,'sleeps':10,'sleep_asked_us':700,"
        "'slept_us':9000,'threads':9,'arrived_us':1005000},"
        "{'event':'sample','mark':'end','t_us':3000000,'connections':10,"
        "'recv_bytes':2500,'send_bytes':2500,'recvs':25,'sends':25,"
        "'user_us':300000,'kernel_us':400000,'usable_busy_us':900000,"
        "'held_up_us':5,'cycles':null,'sleeps':30,'sleep_asked_us':1900,"
        "'slept_us':19500,'system_busy_us':600000,'system_idle_us':1400000,"
        "'wineserver_user_us':100000,'wineserver_kernel_us':300000,"
        "'working_set_bytes':1050000,'threads':4,'nonpaged_pool_bytes':null,"
        "'host_tcp_memory_bytes':12288,'arrived_us':3005100},"
        "{'event':'final','stopped_by':'stop','t_us':4000000,'connections':0,"
        "'accepted':10,'opens':10,'closes':10,'refused':0,'recv_bytes':3000,"
        "'send_bytes':3000,'recvs':30,'sends':30,'partial_sends':0,"
        "'blocked_sends':1,'sleeps':31,'sleep_asked_us':1900,'slept_us':19500,"
        "'wineserver_user_us':100000,'wineserver_kernel_us':300000,"
        "'host_tcp_memory_bytes':4096,'errors':{},'refusals':{},"
        "'arrived_us':4005000}]",
    "load":
        "[{'event':'ready','protocol':1,'pid':13,'engine':'epoll','threads':1,"
        "'local_addresses':['127.0.0.1'],'machine':{'os':'Linux','cores':2,"
        "'usable_processors':1},'unknown':{},'arrived_us':20000},"
        "{'event':'phase','phase':'connecting','t_us':0,'arrived_us':30000},"
        "{'event':'phase','phase':'connected','t_us':500000,"
        "'arrived_us':530000},"
        "{'event':'phase','phase':'warmup','t_us':600000,'arrived_us':630000},"
        "{'event':'phase','phase':'measuring','t_us':1600000,"
        "'arrived_us':1630000},"
        "{'event':'sample','mark':'begin','phase':'measuring','t_us':1600000,"
        "'attempted':10,'connected':10,'sent_bytes':500,'received_bytes':500,"
        "'messages_sent':5,'messages_echoed':5,'user_us':0,'kernel_us':0,"
        "'run_delay_us':0,'steal_us':0,'held_up_us':0,'arrived_us':1630000},"
        "{'event':'sample','mark':'end','phase':'measuring','t_us':3600000,"
        "'attempted':10,'connected':10,'sent_bytes':2500,"
        "'received_bytes':2500,'messages_sent':25,'messages_echoed':25,"
        "'user_us':200000,'kernel_us':200000,'run_delay_us':1,'steal_us':2,"
        "'held_up_us':2,'working_set_bytes':777,'arrived_us':3630000},"
        "{'event':'phase','phase':'draining','t_us':3600000,"
        "'arrived_us':3630000},"
        "{'event':'phase','phase':'done','t_us':3700000,'arrived_us':3730000},"
        "{'event':'final','t_us':3700000,'attempted':10,'connected':10,"
        "'sent_bytes':3000,'received_bytes':3000,'messages_sent':30,"
        "'messages_echoed':30,'window':{'begin_us':1600000,'end_us':3600000},"
        "'outcomes':{'connected':10},'ends':{'completed':10},'mismatches':0,"
        "'first_mismatch':null,'saturated':false,"
        "'latency_us':{'from_send':{'count':20,'min':1,'mean':2,'max':3,"
        "'p50':2,'p90':3,'p99':3,'p999':3,'unit':'us','counts':[[1,10],[3,"
        "10]]},'from_intended':null,'first_echo':null,'connect':null,"
        "'lateness':null},'arrived_us':3730000}]",
    "reasons": "[]",
}


def heard(*changes):
    """With changes: of which part, from what text to what; from None: nothing
    of it came at all."""
    parts = dict(HEARD)
    for part, old, new in changes:
        if old is None:
            del parts[part]
            continue
        require(old in parts[part], f"no {old} in {part}")
        parts[part] = parts[part].replace(old, new)
    return {part: json.loads(text.replace("'", '"'))
            for part, text in parts.items()}


def build(program, runs):
    """The record of each run, and how it is judged."""
    with Program(*launched(program)) as builder:
        for run in runs:
            builder.say(json.dumps(run))
        done = builder.wait()
    require_equal(done.returncode, 0, done)
    return [json.loads(line) for line in done.stdout.splitlines()]
