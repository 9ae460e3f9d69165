<#
Sets up what is missing, builds, then does what was asked, on Windows:

    .\run.ps1 compare [OPTION...]   the main job: all models, table and charts
    .\run.ps1 test                  every test that runs on Windows
    .\run.ps1 COMMAND [OPTION...]   any other command of iomodels; .\run.ps1 help
    .\run.ps1 setup                 only set up and build

Where scripts are disabled (Windows' default on clients):

    powershell -ExecutionPolicy Bypass -File run.ps1 compare

Compiler: MSVC (Visual Studio or its Build Tools) if there is one, else a MinGW
gcc in the PATH. Python 3 must be there; Meson and Ninja are installed for this
user by pip where missing. Charts need gnuplot. All else stays below build\.
#>
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false # exit codes are looked at
Set-Location $PSScriptRoot

function Stop-With([string] $Text) {
    [Console]::Error.WriteLine("run: $Text")
    exit 2
}

function Test-Program([string] $Name) {
    $null -ne (Get-Command $Name -ErrorAction SilentlyContinue)
}

# A program's exit code is not an exception in PowerShell: look at each.
function Invoke-Step([string] $What, [string] $Program, [string[]] $Words) {
    & $Program @Words
    if ($LASTEXITCODE -ne 0) {
        Stop-With "$What failed with exit code ${LASTEXITCODE}: see above"
    }
}

# Windows has a python.exe of its own that only names the Store: see that one
# runs. In Windows PowerShell 5.1 no program's standard error can be redirected:
# the first line there would end this script.
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
# Where pip puts programs: for this user, and for all or in an environment.
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

$build = 'build\windows'
$meson = @('-m', 'mesonbuild.mesonmain')
if (-not (Test-Path "$build\build.ninja")) {
    $where = "${env:ProgramFiles(x86)}\Microsoft Visual Studio\Installer\vswhere.exe"
    $words = $meson + @('setup', $build)
    if ((Test-Path $where) -and (& $where -latest -products '*' `
            -requires Microsoft.VisualStudio.Component.VC.Tools.x86.x64 `
            -property installationPath)) {
        $words += '--vsenv'
    } elseif (-not (Test-Program 'gcc')) {
        Stop-With ('no compiler: install the Visual Studio Build Tools ' +
            '(winget install Microsoft.VisualStudio.2022.BuildTools, with the ' +
            'C++ tools) or MSYS2 with mingw-w64-ucrt-x86_64-gcc in the PATH')
    }
    Invoke-Step 'meson setup' $python $words
}
Invoke-Step 'the build' $python ($meson + @('compile', '-C', $build))

# PowerShell makes an array of 100,1000: a list with commas again.
$words = @($args)
for ($i = 0; $i -lt $words.Count; $i++) {
    if ($words[$i] -is [array]) {
        $words[$i] = $words[$i] -join ','
    }
}
$command = 'help'
$rest = @()
if ($words.Count -gt 0) {
    $command = $words[0]
}
if ($words.Count -gt 1) {
    $rest = @($words[1..($words.Count - 1)])
}
if ($command -eq 'setup') {
    exit 0
}
if ($command -eq 'test') {
    $words = $meson + @('test', '-C', $build, '--print-errorlogs') + $rest
    & $python @words
    exit $LASTEXITCODE
}
if ($command -in @('compare', 'plot', 'report') -and
    -not (Test-Program 'gnuplot')) {
    [Console]::Error.WriteLine('run: gnuplot is missing, so charts cannot be ' +
        'drawn: winget install gnuplot.gnuplot, or give --no-plots')
}
& "$build\harness\cli\iomodels.exe" $command @rest
exit $LASTEXITCODE
