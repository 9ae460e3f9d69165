<#
Installs what is missing, builds, then runs a command, on Windows:

    .\run.ps1 compare [OPTION...]   the main job: the models, table and charts
    .\run.ps1 curve                 latency against load of each model
    .\run.ps1 test                  every test that runs on Windows
    .\run.ps1 lab [ID...]            the advice on Winsock servers, tested
    .\run.ps1 COMMAND [OPTION...]   any other command of iomodels; .\run.ps1 help
    .\run.ps1 setup                 only set up and build

Where scripts are disabled (Windows' default on clients):

    powershell -ExecutionPolicy Bypass -File run.ps1 compare

Compiler: MSVC (Visual Studio or its Build Tools) if there is one, else a MinGW
gcc in the PATH. Python 3 is required; Meson and Ninja are installed for this
user by pip where missing. Charts need gnuplot. All else stays below build\ and
subprojects\.
#>
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false # each exit code is checked

function Stop-With([string] $Text) {
    [Console]::Error.WriteLine("run: $Text")
    exit 2
}

function Test-Program([string] $Name) {
    $null -ne (Get-Command $Name -ErrorAction SilentlyContinue)
}

if ($args.Count -eq 0) {
    @'
What does each model cost at my load?
    .\run.ps1 compare --connections 1000 --message 4K
How much can each carry before it is late?
    .\run.ps1 curve --connections 1000 --p99 5ms
What breaks first, with ever more connections?
    .\run.ps1 book --tiers 1000,4000,12000
Each ends with what it found, and draws charts. All commands: .\run.ps1 help
'@
    exit 0
}

# PowerShell raises no exception for a program's exit code.
function Invoke-Step([string] $What, [string] $Program, [string[]] $Words) {
    & $Program @Words
    if ($LASTEXITCODE -ne 0) {
        Stop-With "$What failed with exit code ${LASTEXITCODE}: see above"
    }
}

# Windows has a python.exe that only opens the Store, so see whether it runs. In
# Windows PowerShell 5.1 a program's standard error must not be redirected: its
# first line would end this script.
function Test-Python([string] $Name) {
    if (-not (Test-Program $Name)) {
        return $false
    }
    try {
        & $Name -c 'import sys; sys.exit(sys.version_info.major != 3)' |
            Out-Null
        return $LASTEXITCODE -eq 0
    } catch {
        return $false
    }
}

$python = @('py', 'python', 'python3') | Where-Object { Test-Python $_ } |
    Select-Object -First 1
if (-not $python) {
    Stop-With 'Python 3 is missing: winget install Python.Python.3.12'
}
# Where pip installs programs: for this user, for all, or in an environment.
$env:PATH += ';' + (& $python -c ('import os, sysconfig; ' +
    "print(*(sysconfig.get_path('scripts', scheme) " +
    "for scheme in (os.name + '_user', os.name)), sep=';')"))
$missing = @()
& $python -c ('import sys, importlib.util; ' +
    "sys.exit(importlib.util.find_spec('mesonbuild') is None)")
if ($LASTEXITCODE -ne 0) {
    $missing += 'meson>=1.0'
}
if (-not (Test-Program 'ninja')) {
    $missing += 'ninja'
}
if ($missing) {
    $where = @('--user')
    & $python -c 'import sys; sys.exit(sys.prefix != sys.base_prefix)'
    if ($LASTEXITCODE -ne 0) {
        $where = @() # a virtual environment has no packages of a user
    }
    Invoke-Step "installing $missing" $python (@('-m', 'pip', 'install',
        '--quiet', '--no-warn-script-location') + $where + $missing)
}

# PowerShell turns 100,1000 into an array: join it again.
$words = @($args)
for ($i = 0; $i -lt $words.Count; $i++) {
    if ($words[$i] -is [array]) {
        $words[$i] = $words[$i] -join ','
    }
}
$command = $words[0]
$rest = @()
if ($words.Count -gt 1) {
    $rest = @($words[1..($words.Count - 1)])
}
# The sources of cJSON, HdrHistogram and, for tests, cmocka, from the addresses in
# the wraps, checked by hash. Meson would fetch them through Python, which does
# not make a fresh Windows load the root certificates it needs; this does.
function Get-Wrap([string] $Name) {
    $wrap = @{}
    foreach ($line in Get-Content "$PSScriptRoot\subprojects\$Name.wrap") {
        if ($line -match '^(\w+) *= *(.+)$') {
            $wrap[$Matches[1]] = $Matches[2]
        }
    }
    $cache = "$PSScriptRoot\subprojects\packagecache"
    $file = "$cache\$($wrap.source_filename)"
    if (Test-Path $file) {
        return
    }
    New-Item -ItemType Directory -Force $cache | Out-Null
    $problems = @()
    foreach ($url in $wrap.source_url, $wrap.source_fallback_url) {
        try {
            Invoke-WebRequest -UseBasicParsing $url -OutFile "$file.part"
            $hash = (Get-FileHash -Algorithm SHA256 "$file.part").Hash
            if ($hash -eq $wrap.source_hash) {
                Move-Item "$file.part" $file
                return
            }
            $problems += "${url}: its hash is $hash"
        } catch {
            $problems += "${url}: $($_.Exception.Message)"
        }
        Remove-Item "$file.part" -ErrorAction SilentlyContinue
    }
    Stop-With ("cannot fetch $Name ($($problems -join '; ')): download it " +
        "elsewhere and save it as $file")
}

$build = "$PSScriptRoot\build\windows"
$meson = @('-m', 'mesonbuild.mesonmain')
# Tests are built, with warnings as errors, only for the command `test`.
$wanted = 'false'
if ($command -eq 'test') {
    $wanted = 'true'
}
$ProgressPreference = 'SilentlyContinue' # its bar slows downloads down
Get-Wrap 'cjson'
Get-Wrap 'hdr_histogram'
if ($wanted -eq 'true') {
    Get-Wrap 'cmocka'
}
$settings = @("-Dtests=$wanted", "-Dwerror=$wanted")
if (-not (Test-Path "$build\build.ninja")) {
    $where = "${env:ProgramFiles(x86)}\Microsoft Visual Studio\Installer\vswhere.exe"
    $options = $meson + @('setup', $build, $PSScriptRoot) + $settings
    $tools = 'Microsoft.VisualStudio.Component.VC.Tools.x86.x64'
    if ($env:PROCESSOR_ARCHITECTURE -eq 'ARM64') {
        $tools = 'Microsoft.VisualStudio.Component.VC.Tools.ARM64'
    }
    if ((Test-Path $where) -and (& $where -latest -products '*' `
            -requires $tools -property installationPath)) {
        $options += '--vsenv'
    } elseif (-not (Test-Program 'gcc')) {
        Stop-With ('no compiler: install the Visual Studio Build Tools ' +
            '(winget install Microsoft.VisualStudio.2022.BuildTools, with the ' +
            'C++ tools) or MSYS2 with mingw-w64-ucrt-x86_64-gcc in the PATH')
    }
    Invoke-Step 'meson setup' $python $options
} elseif ($wanted -eq 'true') {
    Invoke-Step 'meson configure' $python ($meson + @('configure', $build) +
        $settings)
}
Invoke-Step 'the build' $python ($meson + @('compile', '-C', $build))

if ($command -eq 'setup') {
    exit 0
}
if ($command -eq 'test') {
    $words = $meson + @('test', '-C', $build, '--print-errorlogs') + $rest
    & $python @words
    exit $LASTEXITCODE
}
# The program looks in gnuplot's own folder, too.
if ($command -in @('compare', 'curve', 'book', 'plot', 'report') -and
    -not (Test-Program 'gnuplot') -and
    -not (Test-Path "$env:ProgramFiles\gnuplot\bin\gnuplot.exe")) {
    [Console]::Error.WriteLine('run: gnuplot is missing, so charts cannot be ' +
        'drawn: winget install gnuplot.gnuplot, or give --no-plots')
}
& "$build\harness\cli\iomodels.exe" $command @rest
exit $LASTEXITCODE
